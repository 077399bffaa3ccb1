// A model that learns which inputs belong together, from data without labels.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Dataset } from '@tessera/core';
import { createWorkbench, memoryDataset, type TesseraWorkbench } from 'tessera';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const words = ['fig', 'saw', 'plum', 'rasp', 'pear', 'drill', 'apple', 'clamp'];
const pairs = words.map((word, i) => ({
  id: `${i}`,
  group: word,
  inputs: { left: `a ${word}`, right: `the ${word}` },
}));
const oneSided = { id: 'alone', inputs: { left: 'a fig' } };

const dataset = (): Dataset => memoryDataset({ train: pairs, validation: pairs, test: [...pairs, oneSided] });

const spec = (heads: object = {}) => ({
  name: 'pairs',
  modalities: { left: { encoder: 'bow', dimension: 16 }, right: { encoder: 'bow', dimension: 16 } },
  fusion: { type: 'late' },
  heads: { pair: { type: 'contrastive', embeddingSize: 16 }, ...heads },
  training: { epochs: 40, batchSize: 8, optimizer: { type: 'adamw', learningRate: 0.05 } },
});

let folder: string;
let workbench: TesseraWorkbench;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tessera-pairs-'));
  workbench = (await createWorkbench({ backend: 'wasm' })) as unknown as TesseraWorkbench;
});
afterAll(() => {
  workbench.dispose();
  rmSync(folder, { recursive: true });
});

describe('a contrastive head', () => {
  it('learns to find each side by the other, and leaves out samples that lack one', async () => {
    const to = join(folder, 'run');
    const { test, record } = await workbench.train(spec() as never, { to, dataset: dataset() });
    expect(record.metric).toBe('pair.mean-recall');
    expect(test?.numSamples).toBe(9);
    expect(test?.heads['pair']?.ids).toEqual(pairs.map(({ id }) => id));
    expect(test?.heads['pair']?.metrics['recall-at-1']).toBeGreaterThan(0.9);
    expect(test?.heads['pair']?.metrics['median-rank-reverse']).toBe(1);
    const model = await workbench.load(to);
    const [both, alone] = (await model.predictAll([pairs[0]?.inputs ?? {}, oneSided.inputs] as never)) as {
      pair: { embeddings: Record<string, number[]> };
    }[];
    expect(Object.keys(both?.pair.embeddings ?? {})).toEqual(['left', 'right']);
    expect(Object.keys(alone?.pair.embeddings ?? {})).toEqual(['left']);
    model.dispose();
  });

  it('needs a fusion that keeps modalities apart', async () => {
    await expect(
      workbench.build({ ...spec(), fusion: { type: 'concat' } } as never, {
        training: dataset().splits['train'] as never,
      }),
    ).rejects.toThrow(
      "heads.pair: contrastive reads each modality's own features, got fusion concat, which joins them.",
    );
  });
});
