import { conv2d, type Padding } from '@tessera/layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { differenceOnGpu, normal, openBesideCpu } from '../../../test/kernels/compareWithCpu.js';

beforeAll(() => openBesideCpu('webgpu'));

const uneven: Padding = [
  [0, 1],
  [2, 1],
];

describe('convolution on WebGPU', () => {
  it.each([
    [[1, 1, 1, 1], [1, 1, 1, 1], 1, 0],
    [[2, 7, 8, 3], [3, 3, 3, 5], 1, 1],
    [[2, 9, 8, 3], [3, 2, 3, 40], 2, uneven],
    [[3, 8, 8, 16], [3, 3, 16, 16], 2, 1],
    [[2, 12, 12, 3], [7, 7, 3, 8], 2, 3],
    [[4, 8, 8, 33], [1, 1, 33, 34], 1, 0],
    [[1, 20, 20, 4], [3, 3, 4, 4], 3, 0],
  ] as Array<[number[], number[], number, Padding]>)(
    'of %j with filter %j, stride %i, padding %j',
    async (image, filter, stride, padding) => {
      const inputs = [normal(image), normal(filter)];
      expect(await differenceOnGpu((x, w) => conv2d(x, w, { stride, padding }), inputs)).toBeLessThan(2e-5);
    },
  );
});
