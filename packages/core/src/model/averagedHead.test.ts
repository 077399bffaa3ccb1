import '@tensorflow/tfjs-backend-cpu';
import { memory, mul, setBackend, tensor1d, tensor2d, tidy } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { inferenceContext } from '../contracts/context.js';
import type { Head } from '../contracts/objective.js';
import type { FusedState } from '../contracts/tokens.js';
import { AveragedHead } from './averagedHead.js';

beforeAll(async () => {
  await setBackend('cpu');
});

/** Logits are the features times a factor. */
const scaling = (factor: number): Head => ({
  ...{ targetKind: 'class-index', numOutputs: 2, labels: ['a', 'b'], mainMetric: 'accuracy', defaultMetrics: [] },
  logits: ({ pooled }) => mul(pooled, factor),
  checkTarget: () => undefined,
  encodeTarget: () => [1],
  encodePrediction: () => [1],
  collateTargets: () => tensor1d([1], 'int32'),
  scores: (logits) => logits,
  decode: (logits) => logits[0],
});

const head = new AveragedHead([
  { modality: 'image', head: scaling(1) },
  { modality: 'text', head: scaling(10) },
]);

/** Samples with both modalities, the text alone, and none. */
const state = (): FusedState => ({
  pooled: tensor2d([[0], [0], [0]]),
  views: [
    { modality: 'image', features: tensor2d([[1, 2], [0, 0], [0, 0]]), present: tensor1d([1, 0, 0]) }, // prettier-ignore
    { modality: 'text', features: tensor2d([[3, 4], [5, 6], [0, 0]]), present: tensor1d([1, 1, 0]) }, // prettier-ignore
  ],
});

describe('AveragedHead', () => {
  it('averages logits over the modalities that are present', async () => {
    const logits = tidy(() => head.logits(state(), inferenceContext()));
    expect(await logits.array()).toEqual([
      [(1 + 30) / 2, (2 + 40) / 2],
      [50, 60],
      [0, 0],
    ]);
    logits.dispose();
  });

  it('refuses a state without the views of its modalities', () => {
    const [image, text] = state().views ?? [];
    for (const views of [undefined, [image], [text, image]]) {
      expect(() => tidy(() => head.logits({ ...state(), views } as FusedState, inferenceContext()))).toThrow(
        'AveragedHead: the state must have a view of each modality',
      );
    }
  });

  it('leaves no tensors behind', () => {
    const given = state();
    const before = memory().numTensors;
    head.logits(given, inferenceContext()).dispose();
    expect(memory().numTensors).toBe(before);
  });
});
