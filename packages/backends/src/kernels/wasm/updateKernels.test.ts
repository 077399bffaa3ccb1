import * as tf from '@tensorflow/tfjs-core';
import { adamWUpdate, gather, sumOfSquares } from '@tessera/layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { difference, normal, openBesideCpu } from '../../../test/kernels/compareWithCpu.js';

beforeAll(() => openBesideCpu('wasm'));

describe('rows by id', () => {
  const ids = () =>
    tf.tensor2d(
      [
        [0, 3, 3],
        [5, 1, 3],
      ],
      [2, 3],
      'int32',
    );

  it.each([1, 4, 7])('gather of width %i', async (width) => {
    expect(await difference((table) => gather(table, ids()), [normal([6, width])])).toBeLessThan(1e-6);
    expect(await difference((table) => tf.gather(table, ids()), [normal([6, width])])).toBeLessThan(1e-6);
    expect(
      await difference((table) => tf.gather(table, tf.tensor1d([1, 0, 1], 'int32'), 1), [normal([2, 3, width])]),
    ).toBeLessThan(1e-6);
  });

  it('refuses an id outside the table', () => {
    void tf.setBackend('wasm');
    expect(() => tf.tidy(() => gather(tf.ones([3, 2]), tf.tensor1d([0, 3], 'int32')))).toThrow(
      /ids must be in \[0, 3\), got 3/,
    );
  });
});

describe('updates', () => {
  it.each([1, 4, 11])('adamWUpdate of %i values', (count) => {
    const inputs = [normal([count]), normal([count]), normal([count]), normal([count])];
    const [want, got] = ['cpu', 'wasm'].map((backend) => {
      void tf.setBackend(backend);
      const before = tf.memory().numTensors;
      const values = tf.tidy(() => {
        const [parameter, m, v, gradient] = inputs.map(({ data }) => tf.tensor1d(data)) as [
          tf.Tensor,
          tf.Tensor,
          tf.Tensor,
          tf.Tensor,
        ];
        const next = adamWUpdate({
          ...{ parameter, m, v: tf.abs(v), gradient },
          ...{
            learningRate: tf.scalar(0.01),
            biasCorrection1: tf.scalar(0.1),
            biasCorrection2: tf.scalar(0.001),
            gradientScale: tf.scalar(0.5),
          },
          ...{ beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.1 },
        });
        return [next.parameter, next.m, next.v, sumOfSquares(gradient)].flatMap((tensor) =>
          Array.from(tensor.dataSync()),
        );
      });
      expect(tf.memory().numTensors).toBe(before);
      return values;
    });
    want?.forEach((value, i) => expect(got?.[i]).toBeCloseTo(value, 5));
  });
});
