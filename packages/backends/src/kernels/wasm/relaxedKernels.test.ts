// In its own file: the flag holds for the whole process that runs it.
import * as tf from '@tensorflow/tfjs-core';
import { setFlagsFromString } from 'node:v8';
import { expect, it } from 'vitest';
import { openBackend } from '../../index.js';
import { relaxedKernelBinary } from './kernelBinary.js';

it('uses the kernels with fused multiply-add where the engine has relaxed SIMD', async () => {
  const { WebAssembly } = globalThis as unknown as { WebAssembly: { validate(bytes: Uint8Array): boolean } };
  const bytes = Buffer.from(relaxedKernelBinary, 'base64');
  if (!WebAssembly.validate(bytes)) setFlagsFromString('--experimental-wasm-relaxed-simd'); // Node 20
  expect(WebAssembly.validate(bytes)).toBe(true);
  await openBackend({ backend: 'wasm' });
  tf.tidy(() => {
    const [a, b] = [tf.randomNormal<tf.Rank.R2>([37, 53]), tf.randomNormal<tf.Rank.R2>([53, 29])];
    const got = tf.matMul(a, b).dataSync();
    const [left, right] = [a.dataSync(), b.dataSync()];
    got.forEach((value, at) => {
      const [row, column] = [Math.floor(at / 29), at % 29];
      let exact = 0;
      for (let k = 0; k < 53; k++) exact += (left[row * 53 + k] ?? NaN) * (right[k * 29 + column] ?? NaN);
      expect(value).toBeCloseTo(exact, 4);
    });
  });
});
