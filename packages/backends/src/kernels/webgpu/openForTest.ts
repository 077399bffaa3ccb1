// For tests: the backends that are compared, with a software adapter where there is no GPU.
import { memory, setBackend, tidy, type Tensor } from '@tensorflow/tfjs-core';
import { openBackend } from '../../index.js';
import { difference, type Operation, type Values } from '../compareWithCpu.js';

/** Opens both; WebGPU is the active one afterwards. */
export async function openBoth(): Promise<void> {
  process.env['TESSERA_WEBGPU_SOFTWARE'] = '1';
  await openBackend({ backend: 'cpu' });
  await openBackend({ backend: 'webgpu' });
}

/** Largest difference of WebGPU from plain JavaScript in value and gradients, relative to the root mean square. */
export const differenceOnGpu = (operation: Operation, inputs: readonly Values[]): Promise<number> =>
  difference(operation, inputs, 'webgpu');

/** What a function gives on a backend; fails where tensors are left over. */
export async function valuesOn(backend: 'cpu' | 'webgpu', run: () => Tensor): Promise<number[]> {
  await setBackend(backend);
  const before = memory().numTensors;
  const result = tidy(run);
  const values = Array.from(await result.data());
  result.dispose();
  const left = memory().numTensors - before;
  if (left !== 0) throw new Error(`${left} tensors are left over on ${backend}.`);
  return values;
}
