// Every kernel against plain JavaScript (where operations are composites of TensorFlow.js' own), in value and gradient.
import * as tf from '@tensorflow/tfjs-core';
import {
  adamWUpdate,
  adaptivePool2d,
  attention,
  batchNormInference,
  batchNormTrain,
  conv2d,
  dropout,
  gather,
  gelu,
  layerNorm,
  linear,
  matMul,
  maxPool2d,
  statelessUniform,
  sumOfSquares,
} from '@tessera/layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { openBackend } from '../../index.js';

type Operation = (...inputs: tf.Tensor[]) => tf.Tensor;

beforeAll(async () => {
  await openBackend({ backend: 'cpu' });
  await openBackend({ backend: 'wasm' });
});

let draws = 1;

/** Normal values of a shape; every call draws others. */
const normal = (shape: number[]): { shape: number[]; data: Float32Array } => {
  const size = tf.util.sizeFromShape(shape);
  let state = draws++ * 7919;
  const uniform = () => (state = (state * 48271) % 2147483647) / 2147483647;
  for (let i = 0; i < 8; i++) uniform();
  const data = Float32Array.from(
    { length: size },
    () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()),
  );
  return { shape, data };
};

/** f and the gradients of Σ f·probe by every input, on one backend. */
function evaluate(backend: string, operation: Operation, inputs: ReturnType<typeof normal>[]): Float32Array[] {
  void tf.setBackend(backend);
  const before = tf.memory().numTensors;
  const results = tf.tidy(() => {
    const tensors = inputs.map(({ data, shape }) => tf.tensor(data, shape));
    const value = operation(...tensors);
    const probe = tf.reshape(tf.cos(tf.range(0, value.size)), value.shape);
    const gradients = tf.grads((...x: tf.Tensor[]) => tf.sum(tf.mul(operation(...x), probe)))(tensors);
    gradients.forEach((gradient, i) => expect(gradient.shape).toEqual(inputs[i]?.shape));
    return [value, ...gradients].map((tensor) => tensor.dataSync<'float32'>());
  });
  expect(tf.memory().numTensors).toBe(before);
  return results;
}

/** Largest difference between the backends, relative to the root mean square of each result. */
function difference(operation: Operation, inputs: ReturnType<typeof normal>[]): number {
  const [want, got] = [evaluate('cpu', operation, inputs), evaluate('wasm', operation, inputs)];
  return Math.max(
    ...want.map((values, i) => {
      const scale = Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / Math.max(values.length, 1)) || 1;
      return values.reduce((worst, x, j) => Math.max(worst, Math.abs(x - (got[i]?.[j] ?? NaN))), 0) / scale;
    }),
  );
}

describe('products', () => {
  it.each([
    [1, 1, 1],
    [3, 5, 7],
    [4, 8, 8],
    [13, 9, 17],
    [130, 33, 20],
    [8, 300, 16],
  ])('linear [%i, %i] × %i', (rows, inner, columns) => {
    expect(
      difference(linear as Operation, [normal([rows, inner]), normal([inner, columns]), normal([columns])]),
    ).toBeLessThan(2e-5);
    expect(difference((x, w) => linear(x, w), [normal([2, rows, inner]), normal([inner, columns])])).toBeLessThan(2e-5);
  });

  it.each([
    [false, false],
    [false, true],
    [true, false],
    [true, true],
  ])('matMul with transposeA=%s, transposeB=%s in batches', (transposeA, transposeB) => {
    const a = transposeA ? [2, 3, 5, 6] : [2, 3, 6, 5];
    const b = transposeB ? [2, 3, 9, 5] : [2, 3, 5, 9];
    const operation: Operation = (x, y) => matMul(x, y, { transposeA, transposeB });
    expect(difference(operation, [normal(a), normal(b)])).toBeLessThan(1e-5);
    expect(difference(operation, [normal(a.slice(2)), normal(b.slice(2))])).toBeLessThan(1e-5);
  });

  it('wide products go by blocks of columns', () => {
    expect(difference((x, w) => linear(x, w), [normal([3, 4]), normal([4, 2100])])).toBeLessThan(1e-5);
    const operation: Operation = (x, y) => matMul(x, y, { transposeB: true });
    expect(difference(operation, [normal([3, 4]), normal([2100, 4])])).toBeLessThan(1e-5);
  });

  it('matMul repeats a batch of one', () => {
    expect(difference((x, y) => matMul(x, y), [normal([1, 6, 5]), normal([4, 5, 9])])).toBeLessThan(1e-5);
    expect(difference((x, y) => matMul(x, y), [normal([4, 6, 5]), normal([5, 9])])).toBeLessThan(1e-5);
  });
});

describe('convolution', () => {
  const cases: Array<[number[], number[], number, number]> = [
    [[2, 8, 8, 16], [3, 3, 16, 16], 1, 1],
    [[1, 7, 5, 3], [3, 3, 3, 5], 1, 1],
    [[3, 9, 6, 4], [3, 3, 4, 8], 2, 1],
    [[2, 8, 8, 4], [3, 3, 4, 8], 2, 1],
    [[1, 16, 15, 3], [7, 7, 3, 6], 2, 3],
    [[2, 5, 5, 6], [1, 1, 6, 10], 1, 0],
    [[2, 6, 5, 6], [1, 1, 6, 10], 2, 0],
    [[2, 6, 5, 6], [1, 1, 6, 10], 1, 1],
    [[1, 2, 2, 8], [3, 3, 8, 8], 1, 1],
    [[2, 9, 9, 2], [5, 3, 2, 3], 3, 0],
    [[2, 11, 10, 2], [2, 2, 2, 3], 2, 0],
  ];

  it.each(cases)('of %j with filter %j, stride %i, padding %i', (x, filter, stride, padding) => {
    expect(difference((t, f) => conv2d(t, f, { stride, padding }), [normal(x), normal(filter)])).toBeLessThan(2e-5);
  });

  it('takes padding that differs by side', () => {
    const operation: Operation = (x, f) =>
      conv2d(x, f, {
        stride: 2,
        padding: [
          [0, 2],
          [1, 0],
        ],
      });
    expect(difference(operation, [normal([2, 7, 8, 3]), normal([3, 3, 3, 4])])).toBeLessThan(2e-5);
  });

  it("serves tf.conv2d with 'same' and 'valid' too", () => {
    for (const [stride, pad] of [
      [1, 'same'],
      [2, 'same'],
      [2, 'valid'],
    ] as const) {
      const operation: Operation = (x, f) => tf.conv2d(x as tf.Tensor4D, f as tf.Tensor4D, stride, pad);
      expect(difference(operation, [normal([2, 7, 8, 3]), normal([3, 3, 3, 4])])).toBeLessThan(2e-5);
    }
  });

  it('scatters the input gradient of many images in rounds', () => {
    expect(
      difference((t, f) => conv2d(t, f, { stride: 2, padding: 1 }), [normal([33, 32, 32, 16]), normal([3, 3, 16, 8])]),
    ).toBeLessThan(5e-5);
  });
});

describe('borrowed kernels', () => {
  it('give depthwise convolution its gradients', () => {
    const operation: Operation = (x, f) => tf.depthwiseConv2d(x as tf.Tensor4D, f as tf.Tensor4D, 1, 'same');
    expect(difference(operation, [normal([2, 5, 6, 3]), normal([3, 3, 3, 2])])).toBeLessThan(1e-5);
  });

  it('give einsum a value', () => {
    void tf.setBackend('wasm');
    const values = tf.tidy(() => Array.from(tf.einsum('ij,jk->ki', tf.ones([2, 3]), tf.ones([3, 2])).dataSync()));
    expect(values).toEqual([3, 3, 3, 3]);
  });
});

describe('normalisation', () => {
  it.each([
    [1, 5],
    [7, 1],
    [40, 6],
    [130, 16],
    [9, 130],
  ])('batchNormTrain of [%i, %i]', (rows, channels) => {
    const inputs = [normal([rows, channels]), normal([channels]), normal([channels]), normal([rows, channels])];
    expect(difference((x, s, o) => batchNormTrain(x, s, o, 1e-2).y, inputs.slice(0, 3))).toBeLessThan(1e-4);
    expect(
      difference((x, s, o) => batchNormTrain(x, s, o, 1e-2, { activation: 'relu' }).y, inputs.slice(0, 3)),
    ).toBeLessThan(1e-4);
    expect(
      difference((x, s, o, residual) => batchNormTrain(x, s, o, 1e-2, { residual, activation: 'relu' }).y, inputs),
    ).toBeLessThan(1e-4);
    expect(difference((x, s, o, residual) => batchNormTrain(x, s, o, 1e-2, { residual }).y, inputs)).toBeLessThan(1e-4);
  });

  it('batchNormTrain returns the statistics of the batch', () => {
    const x = normal([20, 6]);
    const [want, got] = ['cpu', 'wasm'].map((backend) => {
      void tf.setBackend(backend);
      return tf.tidy(() => {
        const { mean, variance } = batchNormTrain(tf.tensor(x.data, x.shape), tf.ones([6]), tf.zeros([6]), 1e-5);
        return [...mean.dataSync(), ...variance.dataSync()];
      });
    });
    want?.forEach((value, i) => expect(got?.[i]).toBeCloseTo(value, 5));
  });

  it.each([
    [3, 5],
    [10, 6],
    [2, 16],
  ])('batchNormInference of [2, %i, %i]', (rows, channels) => {
    const [mean, variance] = [normal([channels]), { shape: [channels], data: normal([channels]).data.map(Math.abs) }];
    const operation: Operation = (x, s, o, residual) =>
      batchNormInference(x, tf.tensor(mean.data), tf.tensor(variance.data), s, o, 1e-3, {
        residual,
        activation: 'relu',
      });
    const inputs = [normal([2, rows, channels]), normal([channels]), normal([channels]), normal([2, rows, channels])];
    expect(difference(operation, inputs)).toBeLessThan(1e-4);
  });

  it.each([
    [1, 5],
    [6, 1],
    [10, 6],
    [33, 64],
    [2, 131],
  ])('layerNorm of [%i, %i]', (rows, size) => {
    const inputs = [normal([rows, size]), normal([size]), normal([size])];
    expect(difference((x, s, o) => layerNorm(x, s, o, 1e-2), inputs)).toBeLessThan(1e-4);
  });
});

describe('attention', () => {
  const mask = (batch: number, keys: number) =>
    tf.tensor2d(
      Array.from({ length: batch * keys }, (_, i) => (i % keys <= Math.floor(i / keys) + 1 ? 1 : 0)),
      [batch, keys],
      'int32',
    );

  it.each([
    [2, 2, 3, 3, 4],
    [1, 1, 1, 1, 1],
    [3, 4, 16, 16, 32],
    [2, 3, 5, 9, 7],
    [2, 1, 130, 21, 6],
  ])('%i × %i heads, %i queries, %i keys of %i', (batch, heads, queries, keys, size) => {
    const inputs = [
      normal([batch, queries, heads * size]),
      normal([batch, keys, heads * size]),
      normal([batch, keys, heads * size]),
    ];
    expect(difference((q, k, v) => attention(q, k, v, { numHeads: heads }).context, inputs)).toBeLessThan(2e-5);
    const masked: Operation = (q, k, v) => attention(q, k, v, { numHeads: heads, padMask: mask(batch, keys) }).context;
    expect(difference(masked, inputs)).toBeLessThan(2e-5);
    const dropped: Operation = (q, k, v) =>
      attention(q, k, v, {
        numHeads: heads,
        padMask: mask(batch, keys),
        dropoutRate: 0.3,
        seed: tf.tensor1d([5, 6], 'int32'),
      }).context;
    expect(difference(dropped, inputs)).toBeLessThan(2e-5);
  });

  it('gives padding exactly no probability, and a row without real keys none at all', () => {
    void tf.setBackend('wasm');
    tf.tidy(() => {
      const padMask = tf.tensor2d(
        [
          [1, 0, 1],
          [0, 0, 0],
        ],
        [2, 3],
        'int32',
      );
      const x = tf.randomNormal([2, 3, 4]);
      const { probabilities } = attention(x, x, x, { numHeads: 2, padMask, returnProbabilities: true });
      const p = Array.from((probabilities as tf.Tensor).dataSync());
      for (let row = 0; row < 6; row++) {
        expect(p[row * 3 + 1]).toBe(0);
        expect((p[row * 3] ?? 0) + (p[row * 3 + 2] ?? 0)).toBeCloseTo(1, 5);
      }
      expect(p.slice(18).every((value) => value === 0)).toBe(true);
    });
  });
});

/** erf by its series, in double precision. */
function erf(x: number): number {
  if (Math.abs(x) > 5) return Math.sign(x);
  let [term, sum] = [x, x];
  for (let n = 1; n < 200; n++) sum += (term *= (-x * x) / n) / (2 * n + 1);
  return (2 / Math.sqrt(Math.PI)) * sum;
}

describe('elementwise', () => {
  it.each([1, 3, 4, 31])('gelu of %i values', (count) => {
    expect(difference(gelu, [normal([count])])).toBeLessThan(1e-5);
  });

  it('gelu follows the exact erf to 2e-7 in value and slope', () => {
    void tf.setBackend('wasm');
    tf.tidy(() => {
      const x = tf.linspace(-7, 7, 4001);
      const points = x.dataSync();
      const value = gelu(x).dataSync();
      const slope = tf.grad(gelu)(x).dataSync();
      points.forEach((t, i) => {
        const cumulative = (1 + erf(t / Math.SQRT2)) / 2;
        expect(Math.abs((value[i] ?? NaN) - t * cumulative)).toBeLessThan(2e-7 * Math.max(1, Math.abs(t)));
        const exact = cumulative + (t * Math.exp((-t * t) / 2)) / Math.sqrt(2 * Math.PI);
        expect(Math.abs((slope[i] ?? NaN) - exact)).toBeLessThan(3e-7);
      });
    });
  });

  it.each([1, 2, 3, 4, 1001])('dropout of %i values draws the same numbers as plain JavaScript', (count) => {
    const seed = () => tf.tensor1d([11, -5], 'int32');
    expect(difference((x) => dropout(x, 0.4, seed()), [normal([count])])).toBeLessThan(1e-6);
    const draws = ['cpu', 'wasm'].map((backend) => {
      void tf.setBackend(backend);
      return tf.tidy(() => Array.from(statelessUniform([count], seed()).dataSync()));
    });
    expect(draws[1]).toEqual(draws[0]);
  });

  it('uniform numbers are even, uncorrelated with their neighbours and with those of near seeds', () => {
    void tf.setBackend('wasm');
    const draw = (a: number, b: number) =>
      tf.tidy(() => statelessUniform([50000], tf.tensor1d([a, b], 'int32')).dataSync<'float32'>());
    const correlation = (a: Float32Array, b: Float32Array) =>
      a.reduce((sum, u, i) => sum + 12 * (u - 0.5) * ((b[i] ?? 0.5) - 0.5), 0) / a.length;
    const first = draw(1, 0);
    const bins = new Array<number>(16).fill(0);
    first.forEach((u) => (bins[Math.floor(u * 16)] = (bins[Math.floor(u * 16)] ?? 0) + 1));
    const chiSquare = bins.reduce((sum, count) => sum + (count - 3125) ** 2 / 3125, 0);
    expect(chiSquare).toBeLessThan(38); // 15 degrees of freedom, p = 0.001
    for (const other of [first.subarray(1), draw(2, 0), draw(1, 1), draw(0, 1)]) {
      expect(Math.abs(correlation(first, other))).toBeLessThan(0.02);
    }
  });

  it('sums leading axes', () => {
    expect(difference((x) => tf.sum(x, 0), [normal([131, 7])])).toBeLessThan(1e-5);
    expect(difference((x) => tf.sum(x, [0, 1], true), [normal([3, 4, 5])])).toBeLessThan(1e-5);
    expect(difference((x) => tf.sum(x, [1]), [normal([3, 4, 5])])).toBeLessThan(1e-5);
    expect(difference((x) => tf.sum(x), [normal([3, 4, 5])])).toBeLessThan(1e-5);
  });
});

describe('pooling', () => {
  it.each([
    [3, 2, 1],
    [2, 2, 0],
    [3, 1, 1],
  ])('maxPool2d of size %i, stride %i, padding %i', (size, stride, padding) => {
    expect(difference((x) => maxPool2d(x, { size, stride, padding }), [normal([2, 7, 8, 3])])).toBeLessThan(1e-5);
    expect(difference((x) => maxPool2d(tf.relu(x), { size, stride, padding }), [normal([2, 7, 8, 3])])).toBeLessThan(
      1e-5,
    );
  });

  it.each([
    [1, 1],
    [3, 3],
    [2, 5],
    [9, 2],
  ] as Array<[number, number]>)('adaptivePool2d to %i × %i', (rows, columns) => {
    for (const kind of ['average', 'max'] as const) {
      expect(difference((x) => adaptivePool2d(x, [rows, columns], kind), [normal([2, 7, 8, 3])])).toBeLessThan(1e-5);
    }
  });
});

describe('rows by id', () => {
  const ids = () =>
    tf.tensor2d(
      [
        [0, 3, 3],
        [5, 1, 3],
      ],
      [2, 3],
      'int32',
    );

  it.each([1, 4, 7])('gather of width %i', (width) => {
    expect(difference((table) => gather(table, ids()), [normal([6, width])])).toBeLessThan(1e-6);
    expect(difference((table) => tf.gather(table, ids()), [normal([6, width])])).toBeLessThan(1e-6);
    expect(
      difference((table) => tf.gather(table, tf.tensor1d([1, 0, 1], 'int32'), 1), [normal([2, 3, width])]),
    ).toBeLessThan(1e-6);
  });

  it('refuses an id outside the table', () => {
    void tf.setBackend('wasm');
    expect(() => tf.tidy(() => gather(tf.ones([3, 2]), tf.tensor1d([0, 3], 'int32')))).toThrow(
      /ids must be in \[0, 3\), got 3/,
    );
  });
});

describe('updates', () => {
  it.each([1, 4, 11])('adamWUpdate of %i values', (count) => {
    const inputs = [normal([count]), normal([count]), normal([count]), normal([count])];
    const [want, got] = ['cpu', 'wasm'].map((backend) => {
      void tf.setBackend(backend);
      const before = tf.memory().numTensors;
      const values = tf.tidy(() => {
        const [parameter, m, v, gradient] = inputs.map(({ data }) => tf.tensor1d(data)) as [
          tf.Tensor,
          tf.Tensor,
          tf.Tensor,
          tf.Tensor,
        ];
        const next = adamWUpdate({
          ...{ parameter, m, v: tf.abs(v), gradient },
          ...{
            learningRate: tf.scalar(0.01),
            biasCorrection1: tf.scalar(0.1),
            biasCorrection2: tf.scalar(0.001),
            gradientScale: tf.scalar(0.5),
          },
          ...{ beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.1 },
        });
        return [next.parameter, next.m, next.v, sumOfSquares(gradient)].flatMap((tensor) =>
          Array.from(tensor.dataSync()),
        );
      });
      expect(tf.memory().numTensors).toBe(before);
      return values;
    });
    want?.forEach((value, i) => expect(got?.[i]).toBeCloseTo(value, 5));
  });
});
