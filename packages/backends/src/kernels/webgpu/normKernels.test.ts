import * as tf from '@tensorflow/tfjs-core';
import { batchNormTrain } from '@tessera/layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { normal, openBesideCpu, valuesOn } from '../../../test/kernels/compareWithCpu.js';
import { normCases } from '../../../test/kernels/normCases.js';

beforeAll(() => openBesideCpu('webgpu'));

describe('normalisation on WebGPU', () => {
  normCases('webgpu');

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
});
