// A picture's tower, frozen at first: batch statistics, running means and a step that is recorded anew.
import type { Split } from '@tessera/core';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createWorkbench } from 'tessera';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tinyDataset, tinySpec } from '../tinyTask.js';

let folder: string;
beforeAll(() => {
  process.env['TESSERA_WEBGPU_SOFTWARE'] = '1';
  folder = mkdtempSync(join(tmpdir(), 'tessera-webgpu-pictures-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A picture of stripes for each of a few samples of the tiny task. */
function withPictures(): ReturnType<typeof tinyDataset> {
  const { splits, fingerprint } = tinyDataset();
  const striped = (split: Split): Split => ({
    ...split,
    length: Math.min(split.length, 8),
    sample: (i) => {
      const sample = split.sample(i);
      const data = Uint8Array.from({ length: 16 * 16 * 3 }, (_, at) => (at % (4 + (i % 3)) < 2 ? 200 : 40));
      return { ...sample, inputs: { ...sample.inputs, image: { width: 16, height: 16, channels: 3, data } } };
    },
  });
  return {
    fingerprint,
    splits: Object.fromEntries(Object.entries(splits).map(([name, split]) => [name, striped(split as Split)])),
  };
}

const image = { encoder: 'resnet18', width: 4, stem: 'small', input: { size: 16 }, pool: { grid: [1, 1] } };

async function losses(compile: string): Promise<number[]> {
  const warnings: string[] = [];
  const logger = { info: () => undefined, warn: (message: string) => warnings.push(message) };
  const workbench = await createWorkbench({ backend: 'webgpu', logger });
  try {
    const tiny = tinySpec({ epochs: 2, freeze: { image: 1 }, compile });
    const spec = { ...tiny, modalities: { ...tiny.modalities, image } };
    const options = { to: join(folder, compile), dataset: withPictures(), check: false };
    const { record, test } = await workbench.train(spec as never, options);
    expect(warnings).toEqual([]);
    return [...record.history.flatMap((epoch) => [epoch.trainLoss, epoch.validation?.loss ?? NaN]), test?.loss ?? NaN];
  } finally {
    workbench.dispose();
  }
}

describe('training a tower of pictures on WebGPU', { timeout: 300_000 }, () => {
  it('is the same recorded and operation by operation, frozen and unfrozen', async () => {
    const recorded = await losses('auto');
    const eager = await losses('off');
    expect(recorded).toHaveLength(5);
    recorded.forEach((loss, i) => expect(loss).toBeCloseTo(eager[i] ?? NaN, 4));
  });
});
