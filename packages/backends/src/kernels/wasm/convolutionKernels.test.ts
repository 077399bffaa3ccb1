import * as tf from '@tensorflow/tfjs-core';
import { conv2d } from '@tessera/layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { difference, normal, openBesideCpu, type Operation } from '../../../test/kernels/compareWithCpu.js';

beforeAll(() => openBesideCpu('wasm'));

describe('convolution', () => {
  const cases: Array<[number[], number[], number, number]> = [
    [[2, 8, 8, 16], [3, 3, 16, 16], 1, 1],
    [[1, 7, 5, 3], [3, 3, 3, 5], 1, 1],
    [[3, 9, 6, 4], [3, 3, 4, 8], 2, 1],
    [[2, 8, 8, 4], [3, 3, 4, 8], 2, 1],
    [[1, 16, 15, 3], [7, 7, 3, 6], 2, 3],
    [[2, 5, 5, 6], [1, 1, 6, 10], 1, 0],
    [[2, 6, 5, 6], [1, 1, 6, 10], 2, 0],
    [[2, 6, 5, 6], [1, 1, 6, 10], 1, 1],
    [[1, 2, 2, 8], [3, 3, 8, 8], 1, 1],
    [[2, 9, 9, 2], [5, 3, 2, 3], 3, 0],
    [[2, 11, 10, 2], [2, 2, 2, 3], 2, 0],
  ];

  it.each(cases)('of %j with filter %j, stride %i, padding %i', async (x, filter, stride, padding) => {
    expect(await difference((t, f) => conv2d(t, f, { stride, padding }), [normal(x), normal(filter)])).toBeLessThan(
      2e-5,
    );
  });

  it('takes padding that differs by side', async () => {
    const operation: Operation = (x, f) =>
      conv2d(x, f, {
        stride: 2,
        padding: [
          [0, 2],
          [1, 0],
        ],
      });
    expect(await difference(operation, [normal([2, 7, 8, 3]), normal([3, 3, 3, 4])])).toBeLessThan(2e-5);
  });

  it("serves tf.conv2d with 'same' and 'valid' too", async () => {
    for (const [stride, pad] of [
      [1, 'same'],
      [2, 'same'],
      [2, 'valid'],
    ] as const) {
      const operation: Operation = (x, f) => tf.conv2d(x as tf.Tensor4D, f as tf.Tensor4D, stride, pad);
      expect(await difference(operation, [normal([2, 7, 8, 3]), normal([3, 3, 3, 4])])).toBeLessThan(2e-5);
    }
  });

  it('scatters the input gradient of many images in rounds', async () => {
    expect(
      await difference(
        (t, f) => conv2d(t, f, { stride: 2, padding: 1 }),
        [normal([33, 32, 32, 16]), normal([3, 3, 16, 8])],
      ),
    ).toBeLessThan(5e-5);
  });
});
