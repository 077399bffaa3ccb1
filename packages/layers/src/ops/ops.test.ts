import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  adamWUpdate,
  adaptivePool2d,
  attention,
  batchNormInference,
  batchNormTrain,
  blend,
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
} from './index.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
  // Otherwise its first tensor prints a banner.
  (tf.backend() as { firstUse?: boolean }).firstUse = false;
});

const values = (shape: number[], seed: number): tf.Tensor => tf.randomNormal(shape, 0, 1, 'float32', seed);

/** Largest difference of the value and of every gradient of Σ f(x)·probe between an operation and its plain form. */
function compare(
  operation: (...x: tf.Tensor[]) => tf.Tensor,
  plain: (...x: tf.Tensor[]) => tf.Tensor,
  inputs: tf.Tensor[],
): number {
  return tf.tidy(() => {
    const probe = values(operation(...inputs).shape, 99);
    const run = (f: (...x: tf.Tensor[]) => tf.Tensor) => {
      const { value, grads } = tf.valueAndGrads((...x: tf.Tensor[]) => tf.sum<tf.Scalar>(tf.mul(f(...x), probe)))(
        inputs,
      );
      return [value, f(...inputs), ...grads];
    };
    const [got, want] = [run(operation), run(plain)];
    return Math.max(
      ...got.map((tensor, i) => {
        expect(tensor.shape).toEqual(want[i]?.shape);
        return tf.max(tf.abs(tf.sub(tensor, want[i] as tf.Tensor))).arraySync() as number;
      }),
    );
  });
}

/** Tensors left over by a call whose results are disposed. */
function leaked(f: () => tf.TensorContainer): number {
  tf.dispose(f());
  const before = tf.memory().numTensors;
  tf.dispose(f());
  return tf.memory().numTensors - before;
}

const plainNorm = (x: tf.Tensor, axes: number[]) => {
  const { mean, variance } = tf.moments(x, axes, true);
  return tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, 1e-5)));
};

describe('operations against their plain form, values and gradients', () => {
  it('linear flattens leading axes', () => {
    const plain = (x: tf.Tensor, w: tf.Tensor, b: tf.Tensor) =>
      tf.add(tf.reshape(tf.matMul(tf.reshape(x, [6, 5]), w), [2, 3, 4]), b);
    expect(
      compare(linear as never, plain as never, [values([2, 3, 5], 1), values([5, 4], 2), values([4], 3)]),
    ).toBeLessThan(1e-5);
    expect(linear(values([7, 5], 1), values([5, 4], 2)).shape).toEqual([7, 4]);
  });

  it('layerNorm', () => {
    const operation = (x: tf.Tensor, s: tf.Tensor, o: tf.Tensor) => layerNorm(x, s, o, 1e-5);
    const plain = (x: tf.Tensor, s: tf.Tensor, o: tf.Tensor) => tf.add(tf.mul(plainNorm(x, [-1]), s), o);
    expect(
      compare(operation as never, plain as never, [values([2, 3, 6], 1), values([6], 2), values([6], 3)]),
    ).toBeLessThan(1e-4);
  });

  it('gelu', () => {
    const plain = (x: tf.Tensor) => tf.mul(x, tf.mul(0.5, tf.add(1, tf.erf(tf.div(x, Math.SQRT2)))));
    expect(compare(gelu, plain, [tf.linspace(-5, 5, 41)])).toBeLessThan(1e-5);
  });

  it.each([1, 3])('attention with %i heads', (numHeads) => {
    const mask = tf.tensor2d(
      [
        [1, 1, 1, 0],
        [1, 1, 0, 0],
      ],
      [2, 4],
      'int32',
    );
    const split = (x: tf.Tensor) => tf.transpose(tf.reshape(x, [2, -1, numHeads, 6 / numHeads]), [0, 2, 1, 3]);
    const plain = (q: tf.Tensor, k: tf.Tensor, v: tf.Tensor) => {
      const scores = tf.div(tf.matMul(split(q), split(k), false, true), Math.sqrt(6 / numHeads));
      const bias = tf.reshape(tf.mul(tf.sub(tf.cast(mask, 'float32'), 1), 1e4), [2, 1, 1, 4]);
      return tf.reshape(tf.transpose(tf.matMul(tf.softmax(tf.add(scores, bias)), split(v)), [0, 2, 1, 3]), [2, -1, 6]);
    };
    const operation = (q: tf.Tensor, k: tf.Tensor, v: tf.Tensor) =>
      attention(q, k, v, { numHeads, padMask: mask }).context;
    expect(
      compare(operation as never, plain as never, [values([2, 3, 6], 1), values([2, 4, 6], 2), values([2, 4, 6], 3)]),
    ).toBeLessThan(1e-5);
  });

  it.each([
    [3, 1, 1],
    [3, 2, 1],
    [1, 2, 0],
    [7, 2, 3],
  ])('conv2d with filter %i, stride %i, padding %i', (size, stride, padding) => {
    const plain = (x: tf.Tensor, w: tf.Tensor) =>
      tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, stride, padding, 'NHWC', 1, 'floor');
    const operation = (x: tf.Tensor, w: tf.Tensor) => conv2d(x, w, { stride, padding });
    expect(
      compare(operation as never, plain as never, [values([2, 9, 8, 3], 1), values([size, size, 3, 2], 2)]),
    ).toBeLessThan(1e-4);
  });

  it('batchNormTrain with residual and ReLU', () => {
    const operation = (x: tf.Tensor, s: tf.Tensor, o: tf.Tensor, residual: tf.Tensor) =>
      batchNormTrain(x, s, o, 1e-5, { residual, activation: 'relu' }).y;
    const plain = (x: tf.Tensor, s: tf.Tensor, o: tf.Tensor, r: tf.Tensor) =>
      tf.relu(tf.add(tf.add(tf.mul(plainNorm(x, [0, 1, 2]), s), o), r));
    const inputs = [values([2, 3, 4, 5], 1), values([5], 2), values([5], 3), values([2, 3, 4, 5], 4)];
    expect(compare(operation as never, plain as never, inputs)).toBeLessThan(1e-4);
  });

  it('batchNormInference', () => {
    const [mean, variance] = [values([5], 7), tf.abs(values([5], 8))];
    const operation = (x: tf.Tensor, s: tf.Tensor, o: tf.Tensor) =>
      batchNormInference(x, mean, variance, s, o, 1e-5, { activation: 'relu' });
    const plain = (x: tf.Tensor, s: tf.Tensor, o: tf.Tensor) =>
      tf.relu(tf.add(tf.mul(tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, 1e-5))), s), o));
    expect(
      compare(operation as never, plain as never, [values([2, 3, 4, 5], 1), values([5], 2), values([5], 3)]),
    ).toBeLessThan(1e-4);
  });

  it('maxPool2d', () => {
    const plain = (x: tf.Tensor) => tf.maxPool(x as tf.Tensor4D, 3, 2, 1, 'floor');
    expect(
      compare((x) => maxPool2d(x, { size: 3, stride: 2, padding: 1 }), plain, [values([2, 7, 8, 3], 1)]),
    ).toBeLessThan(1e-6);
  });

  it('gather', () => {
    const ids = tf.tensor2d(
      [
        [0, 3, 3],
        [5, 1, 3],
      ],
      [2, 3],
      'int32',
    );
    expect(
      compare(
        (table) => gather(table, ids),
        (table) => tf.gather(table, ids),
        [values([6, 4], 1)],
      ),
    ).toBeLessThan(1e-6);
  });

  it('dropout scales what it keeps and draws the same mask in the gradient', () => {
    const seed = tf.tensor1d([3, 4], 'int32');
    const x = tf.ones([1000]);
    const y = dropout(x, 0.25, seed);
    const dx = tf.grad((t: tf.Tensor) => dropout(t, 0.25, seed))(x);
    expect(Array.from(new Set(y.dataSync())).sort()).toEqual([0, Math.fround(1 / 0.75)]);
    expect(Array.from(dx.dataSync())).toEqual(Array.from(y.dataSync()));
    expect(tf.mean(y).arraySync()).toBeCloseTo(1, 1);
  });
});

describe('statelessUniform', () => {
  it('is uniform, in [0, 1), and determined by the seed', () => {
    const draw = (...seed: [number, number]) =>
      statelessUniform([20000], tf.tensor1d(seed, 'int32')).dataSync<'float32'>();
    const [a, again, b] = [draw(1, 2), draw(1, 2), draw(2, 1)];
    expect(Array.from(again)).toEqual(Array.from(a));
    expect(Array.from(b)).not.toEqual(Array.from(a));
    const bins = new Array<number>(10).fill(0);
    for (const u of a) {
      expect(u >= 0 && u < 1).toBe(true);
      bins[Math.floor(u * 10)] = (bins[Math.floor(u * 10)] ?? 0) + 1;
    }
    for (const count of bins) expect(Math.abs(count - 2000)).toBeLessThan(220);
    const correlation = a.reduce((sum, u, i) => sum + (u - 0.5) * ((b[i] ?? 0) - 0.5) * 12, 0) / a.length;
    expect(Math.abs(correlation)).toBeLessThan(0.04);
    const serial = a.reduce((sum, u, i) => sum + (u - 0.5) * ((a[i + 1] ?? 0.5) - 0.5) * 12, 0) / a.length;
    expect(Math.abs(serial)).toBeLessThan(0.04);
  });
});

describe('attention', () => {
  it('gives padding exactly no probability, and a row without real keys none at all', () => {
    const padMask = tf.tensor2d(
      [
        [1, 0, 1],
        [0, 0, 0],
      ],
      [2, 3],
      'int32',
    );
    const x = values([2, 3, 4], 1);
    const { probabilities, context } = attention(x, x, x, { numHeads: 2, padMask, returnProbabilities: true });
    const p = (probabilities as tf.Tensor).arraySync() as number[][][][];
    for (const row of p[0]?.flat() ?? []) {
      expect(row[1]).toBe(0);
      expect((row[0] ?? 0) + (row[2] ?? 0)).toBeCloseTo(1, 5);
    }
    expect(p[1]?.flat(2).every((value) => value === 0)).toBe(true);
    expect(tf.max(tf.abs(tf.slice(context, [1, 0, 0], [1, 3, 4]))).arraySync()).toBe(0);
  });
});

interface PoolCase {
  readonly map: string;
  readonly map_shape: [number, number, number, number];
  readonly grid: [number, number];
  readonly kind: 'avg' | 'max';
  readonly output: { readonly shape: number[]; readonly data: number[] };
  readonly grad: { readonly data: number[] };
}

/** The fixtures' formula: see test/fixtures/README.md. */
function formula(name: string, shape: number[]): tf.Tensor {
  let seed = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) seed = Math.imul(seed ^ byte, 0x01000193);
  const size = shape.reduce((product, n) => product * n, 1);
  const data = Float32Array.from({ length: size }, (_, i) => {
    let h = (seed + Math.imul(i, 0x9e3779b1)) | 0;
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    return (((h ^ (h >>> 16)) >>> 0) / 2 ** 32) * 2 - 1;
  });
  return tf.tensor(data, shape);
}

const fixture = resolve('test/fixtures/adaptive_pool.json');

describe.skipIf(!existsSync(fixture))('adaptivePool2d', () => {
  const cases = existsSync(fixture) ? (JSON.parse(readFileSync(fixture, 'utf8')) as { cases: PoolCase[] }).cases : [];

  it.each(cases)(
    '$kind of $map_shape to $grid has PyTorch values and gradients',
    ({ map, map_shape: shape, grid, kind, output, grad }) => {
      tf.tidy(() => {
        const x = tf.transpose(formula(map, shape), [0, 2, 3, 1]); // NCHW → NHWC
        const probe = formula('probe', output.shape);
        const pool = (t: tf.Tensor) =>
          tf.reshape(adaptivePool2d(t, grid, kind === 'avg' ? 'average' : 'max'), output.shape);
        const gradient = tf.grad((t: tf.Tensor) => tf.sum(tf.mul(pool(t), probe)))(x);
        expect(error(pool(x), output.data)).toBeLessThan(1e-5);
        expect(error(tf.transpose(gradient, [0, 3, 1, 2]), grad.data)).toBeLessThan(1e-5);
      });
    },
  );
});

const error = (got: tf.Tensor, want: number[]): number => {
  const values = got.dataSync();
  return want.reduce((worst, value, i) => Math.max(worst, Math.abs((values[i] ?? NaN) - value)), 0);
};

describe('adamWUpdate', () => {
  it('follows PyTorch over two steps', () => {
    let state = { parameter: tf.tensor1d([1, -2]) as tf.Tensor, m: tf.zeros([2]), v: tf.zeros([2]) };
    const [beta1, beta2, epsilon, weightDecay, rate] = [0.9, 0.999, 1e-8, 0.1, 0.01];
    const p = [1, -2],
      m = [0, 0],
      v = [0, 0];
    for (let t = 1; t <= 2; t++) {
      const g = [0.5 * t, -0.25];
      state = adamWUpdate({
        ...state,
        gradient: tf.tensor1d(g),
        gradientScale: tf.scalar(0.5),
        learningRate: tf.scalar(rate),
        biasCorrection1: tf.scalar(1 - beta1 ** t),
        biasCorrection2: tf.scalar(1 - beta2 ** t),
        beta1,
        beta2,
        epsilon,
        weightDecay,
      });
      for (let i = 0; i < 2; i++) {
        const gi = (g[i] ?? 0) * 0.5;
        m[i] = beta1 * (m[i] ?? 0) + (1 - beta1) * gi;
        v[i] = beta2 * (v[i] ?? 0) + (1 - beta2) * gi * gi;
        p[i] =
          (p[i] ?? 0) * (1 - rate * weightDecay) -
          ((rate / (1 - beta1 ** t)) * (m[i] ?? 0)) / (Math.sqrt(v[i] ?? 0) / Math.sqrt(1 - beta2 ** t) + epsilon);
      }
    }
    Array.from(state.parameter.dataSync()).forEach((value, i) => expect(value).toBeCloseTo(p[i] ?? NaN, 5));
    expect(sumOfSquares(tf.tensor1d([3, 4])).arraySync()).toBeCloseTo(25);
  });

  it('moves a running statistic by its two weights', () => {
    const moved = blend(tf.tensor1d([1, -2]), tf.tensor1d([3, 10]), { kept: 0.9, share: 0.2 });
    [1.5, 0.2].forEach((expected, i) => expect(moved.dataSync()[i]).toBeCloseTo(expected, 6));
  });
});

describe('memory', () => {
  const x = () => values([2, 4, 4, 4], 1);
  it.each<[string, () => tf.TensorContainer]>([
    ['linear', () => tf.tidy(() => tf.grad((t: tf.Tensor) => linear(t, values([4, 3], 2), values([3], 1)))(x()))],
    [
      'attention',
      () =>
        tf.tidy(() =>
          tf.grad(
            (t: tf.Tensor) =>
              attention(tf.reshape(t, [2, 16, 4]), tf.reshape(t, [2, 16, 4]), tf.reshape(t, [2, 16, 4]), {
                numHeads: 2,
              }).context,
          )(x()),
        ),
    ],
    [
      'batchNormTrain',
      () => tf.tidy(() => tf.grad((t: tf.Tensor) => batchNormTrain(t, values([4], 2), values([4], 3), 1e-5).y)(x())),
    ],
  ])('%s leaves nothing behind', (_, f) => {
    expect(leaked(f)).toBe(0);
  });
});

describe('errors', () => {
  it('name the rule and what was given', () => {
    expect(() => linear(values([2, 3], 1), values([4, 5], 1))).toThrow(/linear: .*x=\[2, 3\], weight=\[4, 5\]/);
    expect(() => matMul(values([2, 3], 1), values([4, 5], 1))).toThrow(/inner sizes/);
    expect(() => attention(values([1, 2, 6], 1), values([1, 2, 6], 1), values([1, 2, 6], 1), { numHeads: 4 })).toThrow(
      /D=6, numHeads=4/,
    );
  });
});
