// Buffers on the device, which TensorFlow.js' count of tensors does not show.
import * as tf from '@tensorflow/tfjs-core';
import { adamWUpdate, attention, batchNormTrain, dropout, gelu, layerNorm } from '@tessera/layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { openBesideCpu } from '../../../test/kernels/compareWithCpu.js';

beforeAll(() => openBesideCpu('webgpu'));

const bytes = (): number => (tf.memory() as unknown as { numBytesInGPU: number }).numBytesInGPU;

/** One step over all programs that take buffers in between. */
async function step(parameter: tf.Tensor): Promise<void> {
  const seed = () => tf.tensor1d([3, 4], 'int32');
  const loss = (x: tf.Tensor): tf.Scalar => {
    const normal = batchNormTrain(
      layerNorm(x, tf.ones([64]), tf.zeros([64]), 1e-5),
      tf.ones([64]),
      tf.zeros([64]),
      1e-5,
    );
    const tokens = tf.reshape(dropout(gelu(normal.y), 0.1, seed()), [2, 50, 64]);
    return tf.sum(attention(tokens, tokens, tokens, { numHeads: 2, dropoutRate: 0.1, seed: seed() }).context);
  };
  const next = tf.tidy(() => {
    const one = tf.scalar(1);
    return adamWUpdate({
      ...{ parameter, m: tf.zerosLike(parameter), v: tf.onesLike(parameter), gradient: tf.grad(loss)(parameter) },
      ...{ learningRate: one, biasCorrection1: one, biasCorrection2: one },
      ...{ beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0 },
    }).parameter;
  });
  await next.data();
  next.dispose();
}

describe('memory on the device', () => {
  it('is given back after each step', async () => {
    const parameter = tf.randomNormal([100, 64]);
    const used: number[] = [];
    for (let i = 0; i < 4; i++) {
      await step(parameter);
      used.push(bytes());
    }
    parameter.dispose();
    expect(new Set(used.slice(1)).size).toBe(1);
  });
});
