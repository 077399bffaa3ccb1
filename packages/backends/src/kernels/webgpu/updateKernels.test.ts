import * as tf from '@tensorflow/tfjs-core';
import { adamWUpdate, sumOfSquares } from '@tessera/layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { differenceOnGpu, normal, openBesideCpu, type Values, valuesOn } from '../../../test/kernels/compareWithCpu.js';

beforeAll(() => openBesideCpu('webgpu'));

interface Scalars {
  /** Makes the step's numbers, on the host or on the device. */
  readonly scalar: (value: number) => tf.Tensor;
  readonly clips: boolean;
}

function updated(inputs: readonly Values[], { scalar, clips }: Scalars): tf.Tensor {
  const [parameter, m, v, gradient] = inputs.map(({ data }) => tf.tensor1d(data)) as [
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
  ];
  const next = adamWUpdate({
    ...{ parameter, m, v: tf.abs(v), gradient, learningRate: scalar(0.01) },
    ...{ biasCorrection1: scalar(0.1), biasCorrection2: scalar(0.001) },
    ...(clips ? { gradientScale: scalar(0.5) } : {}),
    ...{ beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.1 },
  });
  return tf.stack([next.parameter, next.m, next.v]);
}

const onHost = (value: number): tf.Tensor => tf.scalar(value);
/** Larger than what TensorFlow.js computes on the host. */
const onDevice = (value: number): tf.Tensor => tf.mean(tf.fill([2048], value));

describe('updates on WebGPU', () => {
  it.each([
    [1, 'the host', { scalar: onHost, clips: true }],
    [1000, 'the host', { scalar: onHost, clips: false }],
    [1000, 'the device', { scalar: onDevice, clips: true }],
    [11, 'the device', { scalar: onDevice, clips: false }],
  ])('adamWUpdate of %i values with numbers of %s', async (count, _, scalars) => {
    const inputs = [normal([count]), normal([count]), normal([count]), normal([count])];
    const want = await valuesOn('cpu', () => updated(inputs, scalars));
    (await valuesOn('webgpu', () => updated(inputs, scalars))).forEach((value, i) => {
      expect(value).toBeCloseTo(want[i] ?? NaN, 5);
    });
  });

  it.each([1, 1000, 300_000])('sumOfSquares of %i values', async (count) => {
    const { data } = normal([count]);
    const [want = NaN] = await valuesOn('cpu', () => sumOfSquares(tf.tensor1d(data)));
    const [got = NaN] = await valuesOn('webgpu', () => sumOfSquares(tf.tensor1d(data)));
    expect(Math.abs(got / want - 1)).toBeLessThan(1e-5);
  });

  it.each([1, 2, 7, 8, 63])('adds %i tensors', async (count) => {
    const inputs = Array.from({ length: count }, () => normal([3, 5]));
    expect(await differenceOnGpu((...x) => tf.addN(x), inputs)).toBeLessThan(1e-5);
  });

  it('sums leading axes', async () => {
    expect(await differenceOnGpu((x) => tf.sum(x, 0), [normal([131, 7])])).toBeLessThan(1e-5);
    expect(await differenceOnGpu((x) => tf.sum(x, 0), [normal([20_000, 3])])).toBeLessThan(1e-5);
    expect(await differenceOnGpu((x) => tf.sum(x, [0, 1], true), [normal([3, 4, 70])])).toBeLessThan(1e-5);
    expect(await differenceOnGpu((x) => tf.sum(x, [1]), [normal([3, 4, 5])])).toBeLessThan(1e-5);
    expect(await differenceOnGpu((x) => tf.sum(x), [normal([3, 4, 5])])).toBeLessThan(1e-5);
  });
});
