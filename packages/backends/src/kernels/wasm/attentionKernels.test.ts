import * as tf from '@tensorflow/tfjs-core';
import { attention } from '@tessera/layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { openBackend } from '../../index.js';
import { difference, normal, type Operation } from '../compareWithCpu.js';

beforeAll(async () => {
  await openBackend({ backend: 'cpu' });
  await openBackend({ backend: 'wasm' });
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
  ])('%i × %i heads, %i queries, %i keys of %i', async (batch, heads, queries, keys, size) => {
    const inputs = [
      normal([batch, queries, heads * size]),
      normal([batch, keys, heads * size]),
      normal([batch, keys, heads * size]),
    ];
    expect(await difference((q, k, v) => attention(q, k, v, { numHeads: heads }).context, inputs)).toBeLessThan(2e-5);
    const masked: Operation = (q, k, v) => attention(q, k, v, { numHeads: heads, padMask: mask(batch, keys) }).context;
    expect(await difference(masked, inputs)).toBeLessThan(2e-5);
    const dropped: Operation = (q, k, v) =>
      attention(q, k, v, {
        numHeads: heads,
        padMask: mask(batch, keys),
        dropoutRate: 0.3,
        seed: tf.tensor1d([5, 6], 'int32'),
      }).context;
    expect(await difference(dropped, inputs)).toBeLessThan(2e-5);
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
