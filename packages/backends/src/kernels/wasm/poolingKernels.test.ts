import * as tf from '@tensorflow/tfjs-core';
import { adaptivePool2d, maxPool2d } from '@tessera/layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { openBackend } from '../../index.js';
import { difference, normal } from '../compareWithCpu.js';

beforeAll(async () => {
  await openBackend({ backend: 'cpu' });
  await openBackend({ backend: 'wasm' });
});

describe('pooling', () => {
  it.each([
    [3, 2, 1],
    [2, 2, 0],
    [3, 1, 1],
  ])('maxPool2d of size %i, stride %i, padding %i', async (size, stride, padding) => {
    expect(await difference((x) => maxPool2d(x, { size, stride, padding }), [normal([2, 7, 8, 3])])).toBeLessThan(1e-5);
    expect(
      await difference((x) => maxPool2d(tf.relu(x), { size, stride, padding }), [normal([2, 7, 8, 3])]),
    ).toBeLessThan(1e-5);
  });

  it.each([
    [1, 1],
    [3, 3],
    [2, 5],
    [9, 2],
  ] as Array<[number, number]>)('adaptivePool2d to %i × %i', async (rows, columns) => {
    for (const kind of ['average', 'max'] as const) {
      expect(await difference((x) => adaptivePool2d(x, [rows, columns], kind), [normal([2, 7, 8, 3])])).toBeLessThan(
        1e-5,
      );
    }
  });
});
