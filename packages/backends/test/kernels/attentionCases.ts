// For tests: attention on a backend against plain JavaScript.
import * as tf from '@tensorflow/tfjs-core';
import { attention } from '@tessera/layers';
import { expect, it } from 'vitest';
import { difference, normal, valuesOn, type ComparedBackend, type Operation } from './compareWithCpu.js';

const maskOf = (batch: number, keys: number, dtype: 'int32' | 'float32') =>
  tf.tensor2d(
    Array.from({ length: batch * keys }, (_, i) => (i % keys <= Math.floor(i / keys) + 1 ? 1 : 0)),
    [batch, keys],
    dtype,
  );

/** Declares the tests; the backend must be open. */
export function attentionCases(backend: ComparedBackend): void {
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
    const mask = (dtype: 'int32' | 'float32') => maskOf(batch, keys, dtype);
    const seed = () => tf.tensor1d([5, 6], 'int32');
    const dropout = { numHeads, dropoutRate: 0.3 };
    const operations: Operation[] = [
      (q, k, v) => attention(q, k, v, { numHeads }).context,
      (q, k, v) => attention(q, k, v, { numHeads, padMask: mask('int32') }).context,
      (q, k, v) => attention(q, k, v, { numHeads, padMask: mask('float32') }).context,
      (q, k, v) => attention(q, k, v, { ...dropout, padMask: mask('int32'), seed: seed() }).context,
      // A seed that has been computed, on the device where there is one.
      (q, k, v) => attention(q, k, v, { ...dropout, seed: tf.reverse(tf.reverse(seed())) }).context,
    ];
    for (const operation of operations) expect(await difference(operation, inputs, backend)).toBeLessThan(2e-5);
  });

  it('gives padding exactly no probability, and a row without real keys none at all', async () => {
    const p = await valuesOn(backend, () => {
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
}
