// A whole training on recorded steps against the same one operation by operation, and one in plain JavaScript: dropout
// draws the same numbers on all.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eagerRunner, functionRunner, inversifyContainer, type Container } from '@tessera/core';
import { createWorkbench } from 'tessera';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tinyDataset, tinySpec } from '../tinyTask.js';

let folder: string;
beforeAll(() => {
  process.env['TESSERA_WEBGPU_SOFTWARE'] = '1';
  folder = mkdtempSync(join(tmpdir(), 'tessera-webgpu-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Plain JavaScript with batches padded as for recorded steps. */
function paddedEager(): Container {
  const container = inversifyContainer();
  container.bind(functionRunner, { value: { ...eagerRunner, captures: true } });
  return container;
}

interface Trained {
  readonly losses: number[];
  readonly accuracy: unknown;
  readonly warnings: string[];
}

let runs = 0;

/** Losses of the epochs and what the trained model says of the test split. */
async function train(backend: 'cpu' | 'webgpu', training: object = {}): Promise<Trained> {
  const warnings: string[] = [];
  const logger = { info: () => undefined, warn: (message: string) => warnings.push(message) };
  const container = backend === 'cpu' ? { container: paddedEager() } : {};
  const workbench = await createWorkbench({ backend, logger, ...container });
  try {
    const spec = tinySpec({ epochs: 3, clipNorm: 1, ...training });
    const { record, test } = await workbench.train(spec, { to: join(folder, `${++runs}`), dataset: tinyDataset() });
    const losses = record.history.map(({ trainLoss }) => trainLoss);
    return { losses, accuracy: test?.heads['kind']?.metrics['accuracy'], warnings };
  } finally {
    workbench.dispose();
  }
}

function expectClose(got: readonly number[], want: readonly number[]): void {
  expect(got).toHaveLength(want.length);
  got.forEach((loss, epoch) => expect(loss, `epoch ${epoch + 1}`).toBeCloseTo(want[epoch] ?? NaN, 4));
}

describe('training on WebGPU', { timeout: 300_000 }, () => {
  it('learns what plain JavaScript learns, clipped and with dropout, and the same each time', async () => {
    const want = await train('cpu');
    const got = await train('webgpu');
    expectClose(got.losses, want.losses);
    expect(got.accuracy).toBe(want.accuracy);
    expect(got.warnings).toEqual([]);
    expect((await train('webgpu')).losses).toEqual(got.losses);
  });

  it.each([
    ['with accumulation', { accumulate: 2 }],
    ['with sgd', { optimizer: { type: 'sgd', learningRate: 0.05 } }],
  ])('equals training operation by operation, %s', async (_what, training) => {
    const recorded = await train('webgpu', { epochs: 1, ...training });
    const eager = await train('webgpu', { epochs: 1, ...training, compile: 'off' });
    expectClose(recorded.losses, eager.losses);
    expect(recorded.warnings).toEqual([]);
  });
});
