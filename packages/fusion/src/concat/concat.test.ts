import '@tensorflow/tfjs-backend-cpu';
import {
  memory,
  scalar,
  setBackend,
  sum,
  tensor2d,
  tensor3d,
  tidy,
  variableGrads,
  type Scalar,
} from '@tensorflow/tfjs-core';
import { inferenceContext, ParameterStore, type ModalityShape, type TokenBlock } from '@tessera/core';
import { trainingContext } from '@tessera/layers';
import { beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { Concat } from './concat.js';
import { concatConfig } from './concatConfig.js';

beforeAll(async () => {
  await setBackend('cpu');
});

const shapeOf = (modality: string, fixedLength: boolean): ModalityShape => ({
  modality,
  tokenWidth: 2,
  maxTokens: 2,
  fixedLength,
  tokenSpace: 'encoder',
  numParts: 1,
});
const modalities = [shapeOf('image', true), shapeOf('text', false)];

function makeConcat(options: z.input<typeof concatConfig> = {}) {
  const store = new ParameterStore(1);
  const config = concatConfig.parse(options);
  const context = { path: 'fusion', parameters: store.scope('fusion'), modalities };
  return { store, fusion: new Concat(config, context) };
}

/** Two samples; the second lacks the image and has padding in its text. */
const blocks = (): TokenBlock[] => [
  {
    tokens: tensor3d([
      [
        [1, 2],
        [3, 4],
      ],
      [
        [9, 9],
        [9, 9],
      ],
    ]),
    mask: tensor2d([
      [1, 1],
      [0, 0],
    ]),
  },
  {
    tokens: tensor3d([
      [
        [2, 4],
        [4, 8],
      ],
      [
        [5, 6],
        [9, 9],
      ],
    ]),
    mask: tensor2d([
      [1, 1],
      [1, 0],
    ]),
  },
];

describe('Concat', () => {
  it('flattens blocks of fixed length, averages others over real tokens, zeroes absent modalities', async () => {
    const { fusion, store } = makeConcat();
    expect(fusion.pooledWidth).toBe(2 * 2 + 2);
    expect(await fusion.fuse(blocks(), inferenceContext()).pooled.array()).toEqual([
      [1, 2, 3, 4, 3, 6],
      [0, 0, 0, 0, 5, 6],
    ]);
    expect(store.list()).toEqual([]);
  });

  it('gives zeros, not NaN, for a text that is absent', async () => {
    const [image, text] = blocks() as [TokenBlock, TokenBlock];
    const absent = { ...text, mask: tensor2d([[0, 0], [0, 0]]) }; // prettier-ignore
    const { pooled } = makeConcat().fusion.fuse([image, absent], inferenceContext());
    expect((await pooled.array()).map((row) => row.slice(4))).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });

  it('adds hidden layers of Linear, BatchNorm, ReLU and Dropout', async () => {
    const { fusion, store } = makeConcat({ hiddenSizes: [5, 3], batchNorm: true });
    expect(fusion.pooledWidth).toBe(3);
    expect(store.list('weight').map(({ path }) => path)).toEqual(
      ['0.dense', '0.norm', '1.dense', '1.norm'].flatMap((name) => [
        `fusion.layers.${name}.weight`,
        `fusion.layers.${name}.bias`,
      ]),
    );
    const context = trainingContext({ seed: scalar(1, 'int32') });
    const { pooled } = fusion.fuse(blocks(), context);
    expect((await pooled.data()).every((value) => value >= 0)).toBe(true);
    expect([...context.updates.keys()].map(({ path }) => path)).toContain('fusion.layers.1.norm.runningVariance');
  });

  it('names the modality whose tokens have another shape than declared', () => {
    const [image, text] = blocks() as [TokenBlock, TokenBlock];
    const longer = { ...image, tokens: tensor3d([[[1, 2]], [[1, 2]]]), mask: tensor2d([[1], [1]]) };
    expect(() => makeConcat().fusion.fuse([longer, text], inferenceContext())).toThrow(
      'Concat: tokens of image must be [B, 2, 2], got [2, 1, 2].',
    );
  });

  it('leaves no tensors behind', () => {
    const { fusion } = makeConcat({ hiddenSizes: [3], batchNorm: false });
    const [given, seed] = [blocks(), scalar(1, 'int32')];
    const step = (): void => {
      tidy(() => {
        variableGrads(() => sum<Scalar>(fusion.fuse(given, trainingContext({ seed })).pooled));
      });
      fusion.fuse(given, inferenceContext()).pooled.dispose();
    };
    step();
    const before = memory().numTensors;
    step();
    expect(memory().numTensors).toBe(before);
  });
});
