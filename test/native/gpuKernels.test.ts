// The kernels that a GPU gets, run on the CPU: TensorFlow's own operations against plain JavaScript, and training on them.
import { backend, mean, setBackend, tensor1d, tidy, type Tensor } from '@tensorflow/tfjs-core';
import { openBackend } from '@tessera/backends';
import { attention, batchNormTrain, dropout, gelu, layerNorm, maxPool2d, statelessUniform } from '@tessera/layers';
import { describeBackend } from '@tessera/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { CaptureBackend } from '../../packages/backends/src/native/captureBackend.js';
import { CapturedFunction } from '../../packages/backends/src/native/capturedFunction.js';
import { CapturingRunner } from '../../packages/backends/src/capturingRunner.js';
import { registerNativeKernels } from '../../packages/backends/src/native/kernels/registerNativeKernels.js';
import { loadNative } from '../../packages/backends/src/native/loadNative.js';
import type { NativeBackend } from '../../packages/backends/src/native/nativeBackend.js';
import { findInstall } from '../../packages/backends/src/native/nativeInstalls.js';
import { difference, normal } from '../../packages/backends/test/kernels/compareWithCpu.js';

let capture: CaptureBackend;
beforeAll(async () => {
  await openBackend({ backend: 'cpu' });
  const found = await findInstall('cpu');
  if ('missing' in found) throw new Error(found.missing);
  loadNative(found.install);
  await setBackend('tensorflow');
  capture = new CaptureBackend(backend() as unknown as NativeBackend);
  registerNativeKernels(capture, 'gpu');
});

const seed = (): Tensor => tensor1d([3, 9], 'int32');

describe('kernels for a GPU', () => {
  it.each([
    ['GELU', ([x]: Tensor[]) => gelu(x as Tensor), [[7, 33]]],
    [
      'layer normalisation',
      ([x, s, o]: Tensor[]) => layerNorm(x as Tensor, s as Tensor, o as Tensor, 1e-12),
      [[30, 70], [70], [70]],
    ],
    [
      'attention',
      ([q, k, v]: Tensor[]) => attention(q as Tensor, k as Tensor, v as Tensor, { numHeads: 2 }).context,
      [
        [2, 7, 20],
        [2, 9, 20],
        [2, 9, 20],
      ],
    ],
    [
      'batch normalisation',
      ([x, s, o]: Tensor[]) => batchNormTrain(x as Tensor, s as Tensor, o as Tensor, 1e-5).y,
      [[3, 9, 8, 12], [12], [12]],
    ],
    [
      'max pooling with padding',
      ([x]: Tensor[]) => maxPool2d(x as Tensor, { size: 3, stride: 2, padding: 1 }),
      [[2, 9, 8, 5]],
    ],
  ] as const)('%s equals plain JavaScript', async (_name, operation, shapes) => {
    const inputs = shapes.map((shape) => normal([...shape]));
    expect(await difference((...tensors) => operation(tensors), inputs, 'tensorflow')).toBeLessThan(2e-5);
  });

  it('draws even numbers that depend on the seed alone, and drops by them', async () => {
    await setBackend('tensorflow');
    const draw = async (): Promise<number[]> => [...(await statelessUniform([4000], seed()).data())];
    const numbers = await draw();
    expect(await draw()).toEqual(numbers);
    expect(numbers.every((value) => value >= 0 && value < 1)).toBe(true);
    const average = (values: number[]): number => values.reduce((total, value) => total + value, 0) / values.length;
    expect(average(numbers)).toBeCloseTo(0.5, 1);
    const ones = tensor1d(numbers.map(() => 1));
    const kept = [...(await dropout(ones, 0.25, seed()).data())];
    expect(kept.map((value) => value > 0)).toEqual(numbers.map((value) => value >= 0.25));
    expect(tidy(() => mean(tensor1d(kept)).dataSync()[0])).toBeCloseTo(1, 1);
  });
});

describeBackend({ describe, it }, 'native with the kernels for a GPU', {
  open: async () => {
    await setBackend('tensorflow');
    return { runner: new CapturingRunner({ capture: (request) => new CapturedFunction(capture, request) }) };
  },
});
