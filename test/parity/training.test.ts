// Numbers of PyTorch for optimizers and schedules, through the registered parts and the trainer's updater.
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { memory, setBackend } from '@tensorflow/tfjs-core';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkOptimizers, optimizersChecks } from './kinds/optimizers.js';
import { checkSchedules, schedulesChecks } from './kinds/schedules.js';

const read = (name: string): Record<string, unknown> =>
  JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8')) as Record<string, unknown>;

describe.each(['cpu', 'wasm'])('optimizers on %s', (backend) => {
  it('follow PyTorch’s losses, rates and parameters', async () => {
    await setBackend(backend);
    const before = memory().numTensors;
    const checks = await optimizersChecks(read('optimizers'));
    expect(checks.filter(({ error, tolerance }) => !(error <= tolerance))).toEqual([]);
    expect(checks.length).toBe(4 * (4 + 3 * 4 + 2));
    expect(memory().numTensors).toBe(before);
  });
});

describe('schedules', () => {
  it('have PyTorch’s rates, the plateau also when resumed', async () => {
    const checks = await schedulesChecks(read('schedules'));
    expect(checks.filter(({ error, tolerance }) => !(error <= tolerance))).toEqual([]);
    expect(checks.length).toBe(7);
  });
});

describe('readers', () => {
  it('notice a run under other settings', async () => {
    const { runs, ...rest } = read('optimizers') as { runs: Record<string, { settings: object }> };
    const settings = {
      ...runs['adamw']?.settings,
      clip: 'one norm over all parameters, factor min(1, 1e-3 / (norm + 1e-6))',
    };
    const { worst } = await checkOptimizers({ ...rest, runs: { adamw_clipped: { ...runs['adamw'], settings } } });
    expect(worst).toBeGreaterThan(1e-4);
  });

  it('refuse what they do not understand', async () => {
    const { runs, ...rest } = read('optimizers') as { runs: Record<string, object> };
    await expect(checkOptimizers({ ...rest, runs: { lion: runs['adamw'] } })).rejects.toThrow(
      /not understood: run lion/,
    );
    await expect(checkSchedules({ ...read('schedules'), one_cycle: { lr: [] } })).rejects.toThrow(
      /not understood: one_cycle/,
    );
  });
});
