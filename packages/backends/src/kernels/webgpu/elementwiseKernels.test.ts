import * as tf from '@tensorflow/tfjs-core';
import { dropout, gelu, statelessUniform } from '@tessera/layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { differenceOnGpu, normal, openBesideCpu, valuesOn } from '../../../test/kernels/compareWithCpu.js';

beforeAll(() => openBesideCpu('webgpu'));

const seed = () => tf.tensor1d([11, -5], 'int32');
/** A seed that has been computed on the device. */
const seedOnDevice = () => tf.reverse(tf.reverse(seed()));

describe('elementwise on WebGPU', () => {
  it.each([1, 3, 257, 70_000])('gelu of %i values', async (count) => {
    expect(await differenceOnGpu(gelu, [normal([count])])).toBeLessThan(2e-6);
  });

  it('gelu is flat where float32 knows no difference', async () => {
    const ends = () => gelu(tf.tensor1d([-40, -12, 12, 40]));
    expect(await valuesOn('webgpu', ends)).toEqual([-0, -0, 12, 40]);
  });

  it.each([1, 3, 1001])('dropout of %i values draws the same numbers as plain JavaScript', async (count) => {
    expect(await differenceOnGpu((x) => dropout(x, 0.4, seed()), [normal([count])])).toBeLessThan(1e-6);
    for (const [onCpu, onGpu] of [
      [seed, seed],
      [seed, seedOnDevice],
    ] as const) {
      const want = await valuesOn('cpu', () => statelessUniform([count], onCpu()));
      expect(await valuesOn('webgpu', () => statelessUniform([count], onGpu()))).toEqual(want);
    }
  });

  it('dropout keeps the same elements when the seed lies on the device', async () => {
    const ones = (of: () => tf.Tensor) => dropout(tf.ones([500]), 0.3, of());
    expect(await valuesOn('webgpu', () => ones(seedOnDevice))).toEqual(await valuesOn('cpu', () => ones(seed)));
  });

  it.each([8, 3000])('casts %i integers and truth values to numbers that every program can read', async (count) => {
    const transposed = (x: tf.Tensor) => tf.transpose(tf.reshape(tf.cast(x, 'float32'), [2, 2, count / 4]), [1, 2, 0]);
    const integers = () => transposed(tf.sub(tf.range(0, count, 1, 'int32'), tf.scalar(3, 'int32')));
    expect(await valuesOn('webgpu', integers)).toEqual(await valuesOn('cpu', integers));
    const truths = () => transposed(tf.greater(tf.range(0, count), 2));
    expect(await valuesOn('webgpu', truths)).toEqual(await valuesOn('cpu', truths));
  });
});
