import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { openBackend } from '../../index.js';

beforeAll(() => openBackend({ backend: 'wasm' }));

const dtypes = ['float32', 'int32', 'bool'] as const;
const pairs = dtypes.flatMap((first) => dtypes.map((second) => [first, second] as const));

describe('where', () => {
  it.each(pairs)('chooses between %s and %s by value, in the wider type', (first, second) => {
    const size = 1001;
    const made = (dtype: tf.DataType, of: (i: number) => number): tf.Tensor1D =>
      tf.tensor1d(
        Array.from({ length: size }, (_, i) => (dtype === 'bool' ? of(i) % 2 : of(i))),
        dtype as 'int32',
      );
    tf.tidy(() => {
      const condition = tf.tensor1d(
        Array.from({ length: size }, (_, i) => i % 3 === 0),
        'bool',
      );
      const [a, b] = [made(first, (i) => i + 2), made(second, (i) => 7 * i)];
      const neighbour = tf.fill([size], 5);
      const chosen = tf.where(condition, a, b);
      const [left, right] = [a.dataSync(), b.dataSync()];
      expect([...chosen.dataSync()]).toEqual(
        Array.from({ length: size }, (_, i) => (i % 3 === 0 ? left[i] : right[i])),
      );
      expect(chosen.dtype).toBe(tf.upcastType(first, second));
      expect(neighbour.dataSync().every((value) => value === 5)).toBe(true);
    });
  });

  it('repeats a condition over the axes it lacks', () => {
    tf.tidy(() => {
      const chosen = tf.where(tf.tensor2d([[1], [0]], [2, 1], 'bool'), tf.ones([2, 3]), tf.zeros([2, 3], 'int32'));
      expect(chosen.arraySync()).toEqual([
        [1, 1, 1],
        [0, 0, 0],
      ]);
    });
  });
});
