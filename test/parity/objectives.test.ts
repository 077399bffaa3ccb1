// Numbers of PyTorch and scikit-learn for losses and metrics, through the registered parts.
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { memory, setBackend } from '@tensorflow/tfjs-core';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkLosses, lossesChecks } from './kinds/losses.js';
import { checkMetrics, metricsChecks } from './kinds/metrics.js';

const read = (name: string): Record<string, unknown> =>
  JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8')) as Record<string, unknown>;

describe.each(['cpu', 'wasm'])('losses on %s', (backend) => {
  it('have PyTorch’s values and gradients, for logits up to ±1e4', async () => {
    await setBackend(backend);
    const before = memory().numTensors;
    const checks = await lossesChecks(read('losses'));
    expect(checks.filter(({ error, tolerance }) => !(error <= tolerance))).toEqual([]);
    expect(checks.length).toBe(54);
    expect(memory().numTensors).toBe(before);
  });
});

describe('metrics', () => {
  it('have scikit-learn’s figures, the undefined ones too', async () => {
    const checks = await metricsChecks(read('metrics'));
    expect(checks.filter(({ error, tolerance }) => !(error <= tolerance))).toEqual([]);
    expect(checks.length).toBeGreaterThan(70);
  });
});

describe('readers', () => {
  it('sum up a file by its worst check', async () => {
    const { worst, tolerance, cases } = await checkMetrics(read('metrics'));
    expect(worst).toBeLessThanOrEqual(tolerance);
    expect(cases).toBeGreaterThan(70);
  });

  it('notice a wrong number', async () => {
    const fixture = read('metrics');
    (fixture['binary'] as Record<string, Record<string, number>>)['perfect'] = {
      ...(fixture['binary'] as Record<string, object>)['perfect'],
      roc_auc: 0.9,
    };
    const { worst, what } = await checkMetrics(fixture);
    expect(worst).toBeCloseTo(0.1);
    expect(what).toContain('binary perfect roc_auc');
  });

  it('refuse what they do not understand', async () => {
    await expect(checkLosses({ ...read('losses'), margin: 1 })).rejects.toThrow(/not understood: margin/);
    await expect(checkMetrics(read('losses'))).rejects.toThrow(/expected a fixture of kind "metrics", got "losses"/);
    const { sets, ...rest } = read('losses');
    const moderate = (sets as Record<string, object>)['moderate'];
    const withHinge = { ...rest, sets: { moderate: { ...moderate, hinge_mean: {} } } };
    await expect(checkLosses(withHinge)).rejects.toThrow(/not understood: hinge_mean/);
  });
});
