import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { openBesideCpu, valuesOn } from '../../../test/kernels/compareWithCpu.js';

beforeAll(() => openBesideCpu('webgpu'));

describe('transposition on WebGPU', () => {
  it.each([
    [
      [2, 3],
      [1, 0],
    ],
    [
      [20, 30, 5],
      [2, 0, 1],
    ],
    [
      [2, 3, 4, 5],
      [0, 2, 1, 3],
    ],
    [
      [2, 3, 1, 2, 3, 2],
      [5, 1, 4, 2, 0, 3],
    ],
  ])('%j by %j keeps integers and truth values', async (shape, perm) => {
    const integers = () => tf.transpose(tf.reshape(tf.range(0, tf.util.sizeFromShape(shape), 1, 'int32'), shape), perm);
    const truths = () =>
      tf.transpose(tf.greater(tf.reshape(tf.range(0, tf.util.sizeFromShape(shape)), shape), 4), perm);
    for (const transposed of [integers, truths]) {
      expect(await valuesOn('webgpu', transposed)).toEqual(await valuesOn('cpu', transposed));
    }
  });
});

describe('concatenation on WebGPU', () => {
  it.each([
    [[[3], [2]], 0],
    [
      [
        [2, 3],
        [2, 1],
        [2, 2],
      ],
      1,
    ],
    [
      [
        [1, 2, 2],
        [3, 2, 2],
      ],
      0,
    ],
    [
      [
        [2, 2, 2],
        [2, 0, 2],
        [2, 4, 2],
      ],
      -2,
    ],
  ] as const)('of %j at axis %j keeps large integers', async (shapes, axis) => {
    const joined = (): tf.Tensor => {
      const parts = shapes.map((shape, i) => {
        const size = tf.util.sizeFromShape([...shape]);
        const numbers = Int32Array.from({ length: size }, (_, at) => 2_000_000_001 - 97 * at - 10_001 * i);
        return tf.neg(tf.tensor(numbers, [...shape], 'int32')); // on the device
      });
      return tf.concat(parts, axis);
    };
    expect(await valuesOn('webgpu', joined)).toEqual(await valuesOn('cpu', joined));
  });
});
