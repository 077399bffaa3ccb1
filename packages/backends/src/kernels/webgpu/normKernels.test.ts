import * as tf from '@tensorflow/tfjs-core';
import { batchNormInference, batchNormTrain, layerNorm } from '@tessera/layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { normal, type Operation } from '../compareWithCpu.js';
import { differenceOnGpu, openBoth, valuesOn } from './openForTest.js';

beforeAll(openBoth);

describe('normalisation on WebGPU', () => {
  it.each([
    [1, 5],
    [7, 1],
    [40, 6],
    [130, 16],
    [9, 130],
    [17_000, 3],
  ])('batchNormTrain of [%i, %i]', async (rows, channels) => {
    const inputs = [normal([rows, channels]), normal([channels]), normal([channels]), normal([rows, channels])];
    const operations: [Operation, number][] = [
      [(x, s, o) => batchNormTrain(x, s, o, 1e-2).y, 3],
      [(x, s, o) => batchNormTrain(x, s, o, 1e-2, { activation: 'relu' }).y, 3],
      [(x, s, o, residual) => batchNormTrain(x, s, o, 1e-2, { residual, activation: 'relu' }).y, 4],
      [(x, s, o, residual) => batchNormTrain(x, s, o, 1e-2, { residual }).y, 4],
    ];
    for (const [operation, count] of operations) {
      expect(await differenceOnGpu(operation, inputs.slice(0, count))).toBeLessThan(1e-4);
    }
  });

  it('batchNormTrain finds a small variance around a large mean', async () => {
    const { data } = normal([5000]);
    const statistics = () => {
      const x = tf.tensor(
        data.map((value) => 1000 + value),
        [2500, 2],
      );
      const { mean, variance } = batchNormTrain(x, tf.ones([2]), tf.zeros([2]), 1e-5);
      return tf.concat([mean, variance]);
    };
    const want = await valuesOn('cpu', statistics);
    (await valuesOn('webgpu', statistics)).forEach((value, i) => {
      expect(Math.abs(value / (want[i] ?? NaN) - 1)).toBeLessThan(1e-4);
    });
  });

  it.each([
    [3, 5],
    [10, 6],
    [2, 16],
  ])('batchNormInference of [2, %i, %i]', async (rows, channels) => {
    const [mean, variance] = [normal([channels]).data, normal([channels]).data.map(Math.abs)];
    const operation: Operation = (x, s, o, residual) =>
      batchNormInference(x, tf.tensor(mean), tf.tensor(variance), s, o, 1e-3, { residual, activation: 'relu' });
    const inputs = [normal([2, rows, channels]), normal([channels]), normal([channels]), normal([2, rows, channels])];
    expect(await differenceOnGpu(operation, inputs)).toBeLessThan(1e-4);
  });

  it.each([
    [1, 5],
    [6, 1],
    [10, 6],
    [33, 64],
    [2, 131],
    [70, 300],
  ])('layerNorm of [%i, %i]', async (rows, size) => {
    const inputs = [normal([rows, size]), normal([size]), normal([size])];
    expect(await differenceOnGpu((x, s, o) => layerNorm(x, s, o, 1e-2), inputs)).toBeLessThan(1e-4);
  });
});
