import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { difference, normal, openBesideCpu, type Operation } from '../../../test/kernels/compareWithCpu.js';

beforeAll(() => openBesideCpu('wasm'));

describe('borrowed kernels', () => {
  it('give depthwise convolution its gradients', async () => {
    const operation: Operation = (x, f) => tf.depthwiseConv2d(x as tf.Tensor4D, f as tf.Tensor4D, 1, 'same');
    expect(await difference(operation, [normal([2, 5, 6, 3]), normal([3, 3, 3, 2])])).toBeLessThan(1e-5);
  });

  it('give einsum a value', () => {
    void tf.setBackend('wasm');
    const values = tf.tidy(() => Array.from(tf.einsum('ij,jk->ki', tf.ones([2, 3]), tf.ones([3, 2])).dataSync()));
    expect(values).toEqual([3, 3, 3, 3]);
  });
});
