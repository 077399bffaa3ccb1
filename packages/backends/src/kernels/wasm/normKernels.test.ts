import * as tf from '@tensorflow/tfjs-core';
import { batchNormInference, batchNormTrain, layerNorm } from '@tessera/layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { openBackend } from '../../index.js';
import { difference, normal, type Operation } from '../compareWithCpu.js';

beforeAll(async () => {
  await openBackend({ backend: 'cpu' });
  await openBackend({ backend: 'wasm' });
});

describe('normalisation', () => {
  it.each([
    [1, 5],
    [7, 1],
    [40, 6],
    [130, 16],
    [9, 130],
  ])('batchNormTrain of [%i, %i]', async (rows, channels) => {
    const inputs = [normal([rows, channels]), normal([channels]), normal([channels]), normal([rows, channels])];
    expect(await difference((x, s, o) => batchNormTrain(x, s, o, 1e-2).y, inputs.slice(0, 3))).toBeLessThan(1e-4);
    expect(
      await difference((x, s, o) => batchNormTrain(x, s, o, 1e-2, { activation: 'relu' }).y, inputs.slice(0, 3)),
    ).toBeLessThan(1e-4);
    expect(
      await difference(
        (x, s, o, residual) => batchNormTrain(x, s, o, 1e-2, { residual, activation: 'relu' }).y,
        inputs,
      ),
    ).toBeLessThan(1e-4);
    expect(await difference((x, s, o, residual) => batchNormTrain(x, s, o, 1e-2, { residual }).y, inputs)).toBeLessThan(
      1e-4,
    );
  });

  it('batchNormTrain returns the statistics of the batch', () => {
    const x = normal([20, 6]);
    const [want, got] = ['cpu', 'wasm'].map((backend) => {
      void tf.setBackend(backend);
      return tf.tidy(() => {
        const { mean, variance } = batchNormTrain(tf.tensor(x.data, x.shape), tf.ones([6]), tf.zeros([6]), 1e-5);
        return [...mean.dataSync(), ...variance.dataSync()];
      });
    });
    want?.forEach((value, i) => expect(got?.[i]).toBeCloseTo(value, 5));
  });

  it.each([
    [3, 5],
    [10, 6],
    [2, 16],
  ])('batchNormInference of [2, %i, %i]', async (rows, channels) => {
    const [mean, variance] = [normal([channels]), { shape: [channels], data: normal([channels]).data.map(Math.abs) }];
    const operation: Operation = (x, s, o, residual) =>
      batchNormInference(x, tf.tensor(mean.data), tf.tensor(variance.data), s, o, 1e-3, {
        residual,
        activation: 'relu',
      });
    const inputs = [normal([2, rows, channels]), normal([channels]), normal([channels]), normal([2, rows, channels])];
    expect(await difference(operation, inputs)).toBeLessThan(1e-4);
  });

  it.each([
    [1, 5],
    [6, 1],
    [10, 6],
    [33, 64],
    [2, 131],
  ])('layerNorm of [%i, %i]', async (rows, size) => {
    const inputs = [normal([rows, size]), normal([size]), normal([size])];
    expect(await difference((x, s, o) => layerNorm(x, s, o, 1e-2), inputs)).toBeLessThan(1e-4);
  });
});
