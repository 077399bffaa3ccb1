import { adaptivePool2d, maxPool2d } from '@tessera/layers';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { normal } from '../compareWithCpu.js';
import { differenceOnGpu, openBoth } from './openForTest.js';

beforeAll(openBoth);

describe('pooling on WebGPU', () => {
  it.each([
    [3, 2, 1],
    [2, 2, 0],
    [3, 1, 1],
  ])('maxPool2d of size %i, stride %i, padding %i', async (size, stride, padding) => {
    const options = { size, stride, padding };
    expect(await differenceOnGpu((x) => maxPool2d(x, options), [normal([2, 7, 8, 3])])).toBeLessThan(1e-5);
    // Zeros tie: the first place of a window gets the gradient.
    expect(await differenceOnGpu((x) => maxPool2d(tf.relu(x), options), [normal([2, 7, 8, 3])])).toBeLessThan(1e-5);
  });

  it.each([
    [1, 1],
    [3, 3],
    [2, 5],
    [9, 2],
  ] as Array<[number, number]>)('adaptivePool2d to %i × %i', async (rows, columns) => {
    for (const kind of ['average', 'max'] as const) {
      const difference = await differenceOnGpu((x) => adaptivePool2d(x, [rows, columns], kind), [normal([2, 7, 8, 3])]);
      expect(difference).toBeLessThan(1e-5);
    }
  });
});
