// For tests: the normalisations on a backend against plain JavaScript.
import * as tf from '@tensorflow/tfjs-core';
import {
  batchNormCounted,
  batchNormInference,
  batchNormTrain,
  layerNorm,
  type BatchNormOptions,
} from '@tessera/layers';
import { expect, it } from 'vitest';
import { difference, normal, type ComparedBackend, type Operation } from './compareWithCpu.js';

/** Declares the tests; the backend must be open. */
export function normCases(backend: ComparedBackend): void {
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
      expect(await difference(operation, inputs.slice(0, count), backend)).toBeLessThan(1e-4);
    }
  });

  it.each([
    [7, 1, 4],
    [40, 6, 23],
    [130, 16, 3],
    [9, 131, 9],
    [300, 20, 0],
  ])('batchNormCounted of [%i, %i], of which %i rows count', async (rows, channels, counted) => {
    const [mean, variance] = [normal([channels]).data, normal([channels]).data.map(Math.abs)];
    // 11 divides none of the sizes, so that as many rows count as asked for and their shares sum to 1.
    const shares = Array.from({ length: rows }, (_, row) => ((row * 11) % rows < counted ? 1 / counted : 0));
    const norm = (x: tf.Tensor, s: tf.Tensor, o: tf.Tensor, options: BatchNormOptions): tf.Tensor =>
      batchNormCounted(x, s, o, 1e-2, {
        ...options,
        shares: tf.tensor(shares, [rows, 1]),
        any: tf.scalar(counted > 0 ? 1 : 0),
        runningMean: tf.tensor(mean),
        runningVariance: tf.tensor(variance),
      }).y;
    const inputs = [normal([rows, channels]), normal([channels]), normal([channels]), normal([rows, channels])];
    const operations: [Operation, number][] = [
      [(x, s, o) => norm(x, s, o, {}), 3],
      [(x, s, o) => norm(x, s, o, { activation: 'relu' }), 3],
      [(x, s, o, residual) => norm(x, s, o, { residual, activation: 'relu' }), 4],
      [(x, s, o, residual) => norm(x, s, o, { residual }), 4],
    ];
    for (const [operation, count] of operations) {
      expect(await difference(operation, inputs.slice(0, count), backend)).toBeLessThan(1e-4);
    }
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
    expect(await difference(operation, inputs, backend)).toBeLessThan(1e-4);
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
    expect(await difference((x, s, o) => layerNorm(x, s, o, 1e-2), inputs, backend)).toBeLessThan(1e-4);
  });
}
