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
