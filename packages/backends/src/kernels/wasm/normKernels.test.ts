import * as tf from '@tensorflow/tfjs-core';
import { batchNormTrain } from '@tessera/layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { normal, openBesideCpu } from '../../../test/kernels/compareWithCpu.js';
import { normCases } from '../../../test/kernels/normCases.js';

beforeAll(() => openBesideCpu('wasm'));

describe('normalisation', () => {
  normCases('wasm');

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
});
