// A whole training on WebGPU against the same one in plain JavaScript: dropout draws the same numbers on both.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createWorkbench } from 'tessera';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tinyDataset, tinySpec } from '../tinyTask.js';

let folder: string;
beforeAll(() => {
  process.env['TESSERA_WEBGPU_SOFTWARE'] = '1';
  folder = mkdtempSync(join(tmpdir(), 'tessera-webgpu-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Losses of the epochs and what the trained model says of the test split. */
async function train(backend: 'cpu' | 'webgpu', name: string): Promise<{ losses: number[]; accuracy: unknown }> {
  const workbench = await createWorkbench({ backend });
  try {
    const spec = tinySpec({ epochs: 3, clipNorm: 1 });
    const { record, test } = await workbench.train(spec, { to: join(folder, name), dataset: tinyDataset() });
    const losses = record.history.map(({ trainLoss }) => trainLoss);
    return { losses, accuracy: test?.heads['kind']?.metrics['accuracy'] };
  } finally {
    workbench.dispose();
  }
}

describe('training on WebGPU', { timeout: 300_000 }, () => {
  it('learns what plain JavaScript learns, clipped and with dropout, and the same each time', async () => {
    const want = await train('cpu', 'a');
    const got = await train('webgpu', 'b');
    expect(got.losses).toHaveLength(3);
    got.losses.forEach((loss, epoch) => expect(loss, `epoch ${epoch + 1}`).toBeCloseTo(want.losses[epoch] ?? NaN, 4));
    expect(got.accuracy).toBe(want.accuracy);
    expect((await train('webgpu', 'c')).losses).toEqual(got.losses);
  });
});
