// The kernels in packages/backends/native against plain JavaScript, in value and gradient.
import { ones, relu, scalar, setBackend, tensor1d, tensor2d, zeros, type Tensor } from '@tensorflow/tfjs-core';
import { openBackend } from '@tessera/backends';
import {
  adaptivePool2d,
  attention,
  batchNormInference,
  blend,
  conv2d,
  dropout,
  gather,
  gelu,
  layerNorm,
  linear,
  maxPool2d,
  statelessUniform,
  sumOfSquares,
  adamWUpdate,
} from '@tessera/layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { difference, normal, type Operation } from '../../packages/backends/test/kernels/compareWithCpu.js';
import { normCases } from '../../packages/backends/test/kernels/normCases.js';
import { openNative } from './openNative.js';

beforeAll(async () => {
  await openBackend({ backend: 'cpu' });
  await openNative();
});

type Four = [Tensor, Tensor, Tensor, Tensor];
const seed = (): Tensor => tensor1d([3, 9], 'int32');
const mask = (rows: number[][]): Tensor => tensor2d(rows, undefined, 'int32');
const heads = { numHeads: 2 };

type Case = readonly [what: string, operation: Operation, shapes: readonly (readonly number[])[]];
const cases: readonly Case[] = [
  ['GELU', (...[x]) => gelu(x as Tensor), [[7, 33]]],
  [
    'layer normalisation',
    (...[x, s, o]) => layerNorm(...([x, s, o, 1e-12] as [Tensor, Tensor, Tensor, number])),
    [[300, 70], [70], [70]],
  ],
  ['dropout', (...[x]) => dropout(x as Tensor, 0.3, seed()), [[50, 33]]],
  ['a linear layer', (...[x, w, b]) => linear(x as Tensor, w as Tensor, b), [[5, 33], [33, 20], [20]]],
  [
    'attention',
    (...[q, k, v]) => attention(q as Tensor, k as Tensor, v as Tensor, heads).context,
    [
      [2, 7, 20],
      [2, 45, 20],
      [2, 45, 20],
    ],
  ],
  [
    'attention with padding, a row of nothing else, and dropout',
    (...[q, k, v]) =>
      attention(q as Tensor, k as Tensor, v as Tensor, {
        ...heads,
        padMask: mask([
          [1, 1, 0, 1, 0],
          [0, 0, 0, 0, 0],
        ]),
        dropoutRate: 0.2,
        seed: seed(),
      }).context,
    [
      [2, 5, 64],
      [2, 5, 64],
      [2, 5, 64],
    ],
  ],
  [
    'normalisation by running statistics with residual and ReLU',
    (...inputs) => {
      const [x, s, o, residual] = inputs as Four;
      return batchNormInference(x, zeros([12]), ones([12]), s, o, 1e-5, { residual, activation: 'relu' });
    },
    [[3, 9, 8, 12], [12], [12], [3, 9, 8, 12]],
  ],
  [
    'max pooling with padding',
    (...[x]) => maxPool2d(relu(x as Tensor), { size: 3, stride: 2, padding: 1 }),
    [[2, 9, 8, 5]],
  ],
  ...(
    [
      ['padding unlike any of TensorFlow', { stride: 2, padding: 1 }, [2, 9, 8, 5], [3, 3, 5, 6]],
      ['padding that TensorFlow calls SAME', { stride: 1, padding: 1 }, [2, 6, 5, 4], [3, 3, 4, 3]],
      ['padding that keeps another size', { stride: 1, padding: 2 }, [2, 5, 4, 3], [3, 3, 3, 2]],
      ['padding and many channels', { stride: 2, padding: 1 }, [1, 4, 6, 64], [3, 3, 64, 2]],
      ['no padding and a stride', { stride: 2, padding: 0 }, [2, 7, 6, 3], [1, 1, 3, 4]],
    ] as const
  ).map(([what, geometry, x, filter]): Case => [
    `a convolution with ${what}`,
    (...[input, weight]) => conv2d(input as Tensor, weight as Tensor, geometry),
    [x, filter],
  ]),
  ['rows by id', (...[x]) => gather(x as Tensor, tensor1d([1, 3, 1], 'int32')), [[4, 6]]],
  ['average pooling to a grid', (...[x]) => adaptivePool2d(x as Tensor, [3, 2], 'average'), [[2, 7, 5, 4]]],
  ['max pooling to a grid', (...[x]) => adaptivePool2d(x as Tensor, [3, 2], 'max'), [[2, 7, 5, 4]]],
];

describe('native kernels', () => {
  normCases('tensorflow');

  it.each(cases)('%s equals plain JavaScript', async (_name, operation, shapes) => {
    const inputs = shapes.map((shape) => normal([...shape]));
    expect(await difference(operation, inputs, 'tensorflow')).toBeLessThan(2e-5);
  });

  it('draws the same uniform numbers as plain JavaScript', async () => {
    const drawn: number[][] = [];
    for (const backend of ['cpu', 'tensorflow']) {
      await setBackend(backend);
      drawn.push([...(await statelessUniform([1000], seed()).data())]);
    }
    expect(drawn[1]).toEqual(drawn[0]);
  });

  it('updates by AdamW as plain JavaScript does', async () => {
    const updated: number[][] = [];
    for (const backend of ['cpu', 'tensorflow']) {
      await setBackend(backend);
      const { parameter, m, v } = adamWUpdate({
        parameter: tensor1d([1, -2, 3]),
        m: tensor1d([0.1, 0, -0.2]),
        v: tensor1d([0.01, 0.02, 0]),
        gradient: tensor1d([0.5, -0.1, 0.3]),
        learningRate: scalar(0.1),
        biasCorrection1: scalar(0.19),
        biasCorrection2: scalar(0.002),
        gradientScale: scalar(0.5),
        ...{ beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.1 },
      });
      updated.push([parameter, m, v].flatMap((tensor) => [...tensor.dataSync()]));
    }
    updated[0]?.forEach((value, i) => expect(updated[1]?.[i]).toBeCloseTo(value, 4));
  });

  it('sums squares and moves running statistics as plain JavaScript does', async () => {
    const x = Float32Array.from({ length: 70_001 }, (_, i) => Math.sin(i));
    const results: number[][] = [];
    for (const backend of ['cpu', 'tensorflow']) {
      await setBackend(backend);
      const moved = blend(tensor1d([1, -2, 0, 5, 9]), tensor1d([3, 0, -1, 2, 7]), { kept: 0.9, share: 0.2 });
      results.push([...moved.dataSync(), ...sumOfSquares(tensor1d(x)).dataSync()]);
    }
    results[0]?.forEach((expected, i) => expect((results[1]?.[i] as number) / expected).toBeCloseTo(1, 4));
  });
});
