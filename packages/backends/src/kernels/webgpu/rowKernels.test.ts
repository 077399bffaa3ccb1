import * as tf from '@tensorflow/tfjs-core';
import { gather, linear } from '@tessera/layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { differenceOnGpu, normal, openBesideCpu, valuesOn } from '../../../test/kernels/compareWithCpu.js';

beforeAll(() => openBesideCpu('webgpu'));

describe('rows by id on WebGPU', () => {
  it.each([
    [5, 3, 4],
    [7, 130, 33],
    [40, 2, 300],
  ])('gather from %i rows of %i with %i ids', async (rows, width, count) => {
    const ids = Array.from({ length: count }, (_, i) => (i * i + 3) % rows);
    const look = (table: tf.Tensor) => gather(table, tf.tensor1d(ids, 'int32'));
    expect(await differenceOnGpu(look, [normal([rows, width])])).toBeLessThan(1e-5);
  });

  it('refuses ids beyond the table', () => {
    const look = () => gather(tf.ones([3, 2]), tf.tensor1d([0, 3], 'int32'));
    expect(() => tf.tidy(look)).toThrow('ids must be in [0, 3), got 3');
  });

  it('sums rows by id, leaves out negative ids and gives zeros to ids without rows', async () => {
    const sum = () =>
      tf.unsortedSegmentSum(tf.tensor2d([1, 2, 3, 4, 5, 6, 7, 8], [4, 2]), tf.tensor1d([2, -1, 0, 2], 'int32'), 4);
    expect(await valuesOn('webgpu', sum)).toEqual([5, 6, 0, 0, 8, 10, 0, 0]);
  });

  it('sums in the same order each time', async () => {
    const { data } = normal([20_000]);
    const ids = Int32Array.from({ length: 5000 }, (_, i) => i % 3);
    const sum = () => tf.unsortedSegmentSum(tf.tensor2d(data, [5000, 4]), tf.tensor1d(ids, 'int32'), 3);
    expect(await valuesOn('webgpu', sum)).toEqual(await valuesOn('webgpu', sum));
  });
});

describe('linear on WebGPU', () => {
  it.each([
    [1, 1, 1],
    [3, 5, 7],
    [64, 32, 48],
    [33, 70, 2],
  ])('[%i, %i] to %i outputs, with and without bias', async (rows, inputs, outputs) => {
    const values = [normal([rows, inputs]), normal([inputs, outputs]), normal([outputs])];
    expect(await differenceOnGpu((x, w, b) => linear(x, w, b), values)).toBeLessThan(2e-5);
    expect(await differenceOnGpu((x, w) => linear(x, w), values.slice(0, 2))).toBeLessThan(2e-5);
  });
});
