// Explanations on captured graphs of native TensorFlow are those of the plain backend.
import { createWorkbench, attentionRollout, clsAttention, integratedGradients } from 'tessera';
import { expect, it } from 'vitest';
import { tinyDataset, tinySpec } from '../tinyTask.js';

const { fusion, ...rest } = tinySpec();
const spec = {
  ...rest,
  modalities: { title: rest.modalities.text, text: { ...rest.modalities.text, maxTokens: 16 } },
  fusion: { ...fusion, numLayers: 2, maxPositions: 32 },
};

/** All values that the explanations of two samples give, one of which lacks a modality. */
async function explain(backend: 'cpu' | 'native'): Promise<number[]> {
  const workbench = await createWorkbench({ backend });
  const model = await workbench.build(spec as never, { training: trainingOfTwo() as never });
  const found: number[] = [];
  for (const inputs of [{ title: 'a fig', text: 'a saw and the fig' }, { text: 'the plum and a drill' }]) {
    const sample = await model.prepare({ inputs });
    for (const read of [clsAttention, attentionRollout])
      for (const { tokens, total } of (await read(model as never, sample)).modalities)
        found.push(total, ...tokens.map(({ attention }) => attention));
    const output = { head: 'kind', output: 1, steps: 8 };
    for (const { tokens, total } of (await integratedGradients(model as never, sample, output)).modalities)
      found.push(total, ...tokens.map(({ attribution }) => attribution));
  }
  model.dispose();
  workbench.dispose();
  return found;
}

function trainingOfTwo(): unknown {
  const split = tinyDataset().splits['train'];
  return {
    ...split,
    sample: (i: number) => {
      const sample = split?.sample(i);
      return { ...sample, inputs: { title: sample?.inputs['text'], text: sample?.inputs['text'] } };
    },
  };
}

it('attention, its rollout and integrated gradients are those of the plain backend', async () => {
  const plain = await explain('cpu');
  const captured = await explain('native');
  expect(captured).toHaveLength(plain.length);
  expect(plain.filter((value) => value !== 0).length).toBeGreaterThan(30);
  captured.forEach((value, i) => expect(value).toBeCloseTo(plain[i] ?? NaN, 4));
});
