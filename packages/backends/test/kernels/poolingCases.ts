// For tests: pooling on a backend against plain JavaScript.
import * as tf from '@tensorflow/tfjs-core';
import { adaptivePool2d, maxPool2d } from '@tessera/layers';
import { expect, it } from 'vitest';
import { difference, normal, type ComparedBackend, type Operation } from './compareWithCpu.js';

/** Declares the tests; the backend must be open. */
export function poolingCases(backend: ComparedBackend): void {
  const differenceOf = (operation: Operation): Promise<number> =>
    difference(operation, [normal([2, 7, 8, 3])], backend);

  it.each([
    [3, 2, 1],
    [2, 2, 0],
    [3, 1, 1],
  ])('maxPool2d of size %i, stride %i, padding %i', async (size, stride, padding) => {
    const options = { size, stride, padding };
    expect(await differenceOf((x) => maxPool2d(x, options))).toBeLessThan(1e-5);
    // Zeros tie: the first place of a window gets the gradient.
    expect(await differenceOf((x) => maxPool2d(tf.relu(x), options))).toBeLessThan(1e-5);
  });

  it.each([
    [1, 1],
    [3, 3],
    [2, 5],
    [9, 2],
  ] as Array<[number, number]>)('adaptivePool2d to %i × %i', async (rows, columns) => {
    for (const kind of ['average', 'max'] as const) {
      expect(await differenceOf((x) => adaptivePool2d(x, [rows, columns], kind))).toBeLessThan(1e-5);
    }
  });
}
