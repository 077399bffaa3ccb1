import * as tf from '@tensorflow/tfjs-core';
import { attention } from '@tessera/layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { normal, type Operation } from '../compareWithCpu.js';
import { differenceOnGpu, openBoth, valuesOn } from './openForTest.js';

beforeAll(openBoth);

const mask = (batch: number, keys: number, dtype: 'int32' | 'float32') =>
  tf.tensor2d(
    Array.from({ length: batch * keys }, (_, i) => (i % keys <= Math.floor(i / keys) + 1 ? 1 : 0)),
    [batch, keys],
    dtype,
  );

describe('attention on WebGPU', { timeout: 300_000 }, () => {
  it.each([
    [2, 2, 3, 3, 4],
    [1, 1, 1, 1, 1],
    [3, 4, 16, 16, 32],
    [2, 3, 5, 9, 7],
    [2, 1, 130, 21, 6],
    [1, 2, 11, 150, 64],
    [1, 1, 5, 6, 300],
  ])('%i × %i heads, %i queries, %i keys of %i', async (batch, numHeads, queries, keys, size) => {
    const inputs = [
      normal([batch, queries, numHeads * size]),
      normal([batch, keys, numHeads * size]),
      normal([batch, keys, numHeads * size]),
    ];
    const seed = () => tf.tensor1d([5, 6], 'int32');
    const operations: Operation[] = [
      (q, k, v) => attention(q, k, v, { numHeads }).context,
      (q, k, v) => attention(q, k, v, { numHeads, padMask: mask(batch, keys, 'float32') }).context,
      (q, k, v) =>
        attention(q, k, v, { numHeads, padMask: mask(batch, keys, 'int32'), dropoutRate: 0.3, seed: seed() }).context,
      (q, k, v) => attention(q, k, v, { numHeads, dropoutRate: 0.3, seed: tf.reverse(tf.reverse(seed())) }).context,
    ];
    for (const operation of operations) expect(await differenceOnGpu(operation, inputs)).toBeLessThan(2e-5);
  });

  it('gives padding exactly no probability, and a row without real keys none at all', async () => {
    const p = await valuesOn('webgpu', () => {
      const padMask = tf.tensor2d([1, 0, 1, 0, 0, 0], [2, 3], 'int32');
      const x = tf.randomNormal([2, 3, 4]);
      return attention(x, x, x, { numHeads: 2, padMask, returnProbabilities: true }).probabilities as tf.Tensor;
    });
    for (let row = 0; row < 6; row++) {
      expect(p[row * 3 + 1]).toBe(0);
      expect((p[row * 3] ?? 0) + (p[row * 3 + 2] ?? 0)).toBeCloseTo(1, 5);
    }
    expect(p.slice(18).every((value) => value === 0)).toBe(true);
  });
});
