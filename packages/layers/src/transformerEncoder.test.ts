// Shapes: B batch, S tokens, D hiddenSize, H heads.
import '@tensorflow/tfjs-backend-cpu';
import {
  concat,
  memory,
  randomNormal,
  scalar,
  setBackend,
  slice,
  sum,
  tensor2d,
  tidy,
  variableGrads,
  type Scalar,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
} from '@tensorflow/tfjs-core';
import { inferenceContext, ParameterStore, SpecError } from '@tessera/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { trainingContext } from './trainingContext.js';
import { TransformerEncoder, type TransformerEncoderOptions } from './transformerEncoder.js';

beforeAll(async () => {
  await setBackend('cpu');
});

const options: TransformerEncoderOptions = {
  hiddenSize: 8,
  numLayers: 2,
  numHeads: 2,
  intermediateSize: 16,
  dropoutRate: 0.1,
  attentionDropoutRate: 0.1,
  layerNormEpsilon: 1e-12,
};
const makeEncoder = (changes: Partial<TransformerEncoderOptions> = {}) => {
  const store = new ParameterStore(1);
  return { store, encoder: new TransformerEncoder(store.scope('layers'), { ...options, ...changes }) };
};
const values = async (tensor: Tensor | undefined): Promise<number[]> => Array.from((await tensor?.data()) ?? []);
const states = (tokens: number): Tensor3D => randomNormal([2, tokens, 8], 0, 1, 'float32', tokens);
const full = (tokens: number): Tensor2D => tensor2d([new Array(tokens).fill(1), new Array(tokens).fill(1)]);

describe('TransformerEncoder', () => {
  it('gives real tokens the same states whatever stands at the padding', async () => {
    const { encoder } = makeEncoder();
    const real = states(3);
    const short = encoder.apply(real, full(3), inferenceContext());
    const padded = concat([real, states(2)], 1);
    const mask = tensor2d([
      [1, 1, 1, 0, 0],
      [1, 1, 1, 0, 0],
    ]);
    const long = encoder.apply(padded, mask, inferenceContext());
    const want = await values(short.states);
    (await values(slice(long.states, [0, 0, 0], [2, 3, 8]))).forEach((value, i) =>
      expect(value).toBeCloseTo(want[i] ?? NaN, 5),
    );
  });

  it('returns attentions that sum to 1 over real tokens and are exactly 0 at padding', async () => {
    const { encoder } = makeEncoder();
    const mask = tensor2d([
      [1, 1, 0],
      [1, 1, 1],
    ]);
    const { attentions } = encoder.apply(states(3), mask, inferenceContext({ wantsAttentions: true }));
    expect(attentions?.map(({ shape }) => shape)).toEqual([
      [2, 2, 3, 3],
      [2, 2, 3, 3],
    ]);
    const rows = (await attentions?.[1]?.array()) ?? [];
    for (const row of rows[0]?.flat() ?? []) {
      expect(row[2]).toBe(0);
      expect(row.reduce((total, p) => total + p, 0)).toBeCloseTo(1, 5);
    }
  });

  it('returns the states before the first layer and after each when asked', () => {
    const { encoder } = makeEncoder({ numLayers: 3 });
    const result = encoder.apply(states(2), full(2), inferenceContext(), { hiddenStates: true });
    expect(result.hiddenStates).toHaveLength(4);
    expect(result.attentions).toBeUndefined();
  });

  it('repeats a training pass from its seed', async () => {
    const { encoder } = makeEncoder();
    const x = states(3);
    const run = async (seed: number): Promise<number[]> =>
      values(encoder.apply(x, full(3), trainingContext({ seed: scalar(seed, 'int32') })).states);
    expect(await run(1)).toEqual(await run(1));
    expect(await run(2)).not.toEqual(await run(1));
  });

  it('refuses a hiddenSize that the heads do not divide, and names those they do', () => {
    expect(() => makeEncoder({ hiddenSize: 100, numHeads: 12 })).toThrow(SpecError);
    expect(() => makeEncoder({ hiddenSize: 100, numHeads: 12 })).toThrow(
      'hiddenSize: must be divisible by numHeads, got hiddenSize=100, numHeads=12. Use 96 or 108.',
    );
  });

  it('leaves no tensors behind, in inference and in training', () => {
    const { encoder } = makeEncoder();
    const [x, mask, seed] = [states(3), full(3), scalar(1, 'int32')];
    const infer = (): void => {
      const result = encoder.apply(x, mask, inferenceContext({ wantsAttentions: true }), { hiddenStates: true });
      for (const tensor of [...(result.hiddenStates ?? []), ...(result.attentions ?? [])]) tensor.dispose();
    };
    const train = (): void => {
      const loss = (): Scalar => sum<Scalar>(encoder.apply(x, mask, trainingContext({ seed })).states);
      tidy(() => {
        variableGrads(loss);
      });
    };
    for (const step of [infer, train]) {
      step();
      const before = memory().numTensors;
      step();
      expect(memory().numTensors).toBe(before);
    }
  });
});
