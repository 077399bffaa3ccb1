import type { Dataset, Sample } from '@tessera/core';
import { createWorkbench } from 'tessera';
import { expect, it } from 'vitest';

const rows = [
  { premise: 'a red pear lies there', claim: 'it is a pear', kind: 'yes' },
  { premise: 'a blue saw', claim: 'it sings', kind: 'no' },
];
const train: Dataset['splits'][string] = {
  name: 'train',
  origin: 'memory',
  length: rows.length,
  sample: (i) => {
    const { kind, ...inputs } = rows[i] as (typeof rows)[number];
    return { id: String(i), inputs, targets: { kind }, origin: 'memory' } satisfies Sample;
  },
};

it('learns one vocabulary from all texts of a word table, however long they may be', async () => {
  const workbench = await createWorkbench({ backend: 'cpu' });
  const spec = {
    name: 'two-texts',
    modalities: { premise: { encoder: 'wordpiece', maxTokens: 8 }, claim: { encoder: 'wordpiece', maxTokens: 4 } },
    fusion: { type: 'bitransformer', hiddenSize: 8, numLayers: 1, numHeads: 2, maxPositions: 16 },
    heads: { kind: { type: 'single-label' } },
  };
  const model = await workbench.build(spec as never, { training: train });
  expect(model.assets['modalities.premise']?.['vocab.txt']).toMatch(/\bpear\b[^]*\bsings\b/);
  expect(model.assets['modalities.claim']).toEqual(model.assets['modalities.premise']);
  workbench.dispose();
});
