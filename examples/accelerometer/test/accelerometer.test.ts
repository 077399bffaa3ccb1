// The example's encoder keeps to its contract and its word about lines; its spec trains, and predicts lists and files.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { brokenRules } from '@tessera/testing';
import { createWorkbench } from 'tessera';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runTessera } from '../../../test/runTessera.js';
import { plugin } from '../accelerometer.js';

const example = resolve(import.meta.dirname, '..');
let folder: string;
const wasm = ['--backend', 'wasm'];
const at = (...names: string[]): string => join(folder, ...names);
beforeAll(() => {
  // In the checkout, where the copy finds the packages that it imports.
  const cache = resolve(example, '../../.cache');
  mkdirSync(cache, { recursive: true });
  folder = mkdtempSync(join(cache, 'accelerometer-'));
  for (const name of ['spec.yaml', 'accelerometer.ts']) cpSync(join(example, name), at(name));
  const { status } = spawnSync(process.execPath, [join(example, 'makeRecordings.mjs'), at('data')]);
  expect(status).toBe(0);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('accelerometer.ts', () => {
  it('keeps to the contract of encoders', async () => {
    await createWorkbench({ backend: 'cpu' });
    const wave = (length: number) => Array.from({ length }, (_, i) => [Math.sin(i), Math.cos(i), i / length]);
    const one = {
      options: { window: 2, maxTokens: 3, tokenWidth: 4 },
      samples: [wave(2), wave(5), wave(9)],
      faults: ['missing.csv', [[1, 2]], [[1, 2, '3']], [], 7, { x: 1 }].map((raw) => ({
        raw,
        names: JSON.stringify(raw),
      })),
      smooth: false, // ReLU
    };
    expect(await brokenRules([plugin], { encoder: { accelerometer: [one] } })).toEqual([]);
  });

  it('has as many lines as the README says, 60 at most', () => {
    const lines = readFileSync(join(example, 'accelerometer.ts'), 'utf8').trimEnd().split('\n');
    expect(readFileSync(join(example, 'README.md'), 'utf8')).toContain(`encoder in ${lines.length} lines`);
    expect(lines.length).toBeLessThanOrEqual(60);
  });
});

describe('spec.yaml', () => {
  it('trains, evaluates each subset, and predicts files and lists of readings', async () => {
    const trained = await runTessera([
      'train',
      at('spec.yaml'),
      '--to',
      at('run'),
      ...wasm,
      '--set',
      'training.epochs=12',
    ]);
    expect(trained.code, trained.notes).toBe(0);
    const { code, out } = await runTessera(['evaluate', at('run'), '--json', ...wasm]);
    expect(code).toBe(0);
    const { figures, subsets } = JSON.parse(out) as {
      figures: Record<string, number>;
      subsets: { modalities: string[]; figures: Record<string, number> }[];
    };
    expect(figures['activity.accuracy']).toBeGreaterThan(0.8);
    for (const one of subsets.filter(({ modalities }) => modalities.length === 1))
      expect(one.figures['activity.accuracy']).toBeLessThan(0.75);

    const [row = ''] = readFileSync(at('data', 'test.jsonl'), 'utf8')
      .split('\n')
      .filter((line) => line.includes('"motion":[['));
    const { motion, activity } = JSON.parse(row) as { motion: number[][]; activity: string };
    const note = ['--note', activity === 'reading' || activity === 'treadmill' ? 'in the hall' : 'by the lake'];
    const listed = await runTessera(['predict', at('run'), '--motion', JSON.stringify(motion), ...note, ...wasm]);
    expect(listed.out, listed.notes).toMatch(new RegExp(`^activity: ${activity}\n`));
    const file = at('data', 'recordings', 'test-1.csv');
    const filed = await runTessera(['predict', at('run'), '--motion', file, '--note', 'in the hall', ...wasm]);
    expect(filed.out, filed.notes).toMatch(/^activity: treadmill\n/);
  });
});
