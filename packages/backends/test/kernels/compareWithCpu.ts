// For tests: an operation on another backend against the same operation in plain JavaScript, value and gradients.
import { dispose, grads, memory, mul, setBackend, sum, tensor, tidy, util, type Tensor } from '@tensorflow/tfjs-core';
import { openBackend } from '@tessera/backends';

/** A backend of TensorFlow.js with kernels of ours, which are compared. */
export type ComparedBackend = 'wasm' | 'webgpu' | 'tensorflow';

/** Opens plain JavaScript and another backend, which is the active one afterwards; WebGPU on a software adapter too. */
export async function openBesideCpu(backend: 'wasm' | 'webgpu'): Promise<void> {
  process.env['TESSERA_WEBGPU_SOFTWARE'] = '1';
  await openBackend({ backend: 'cpu' });
  await openBackend({ backend });
}

/** A function of tensors. */
export type Operation = (...inputs: Tensor[]) => Tensor;

/** Values with their shape, independent of a backend. */
export interface Values {
  readonly shape: number[];
  readonly data: Float32Array;
}

let draws = 1;

/** Standard normal values; every call draws others, the same in every run. */
export function normal(shape: number[]): Values {
  let state = draws++ * 7919;
  const uniform = () => (state = (state * 48271) % 2147483647) / 2147483647;
  for (let i = 0; i < 8; i++) uniform();
  const gaussian = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
  return { shape, data: Float32Array.from({ length: util.sizeFromShape(shape) }, gaussian) };
}

/** f and the gradients of Σ f·probe by every input, on one backend; fails where tensors are left over. */
async function evaluate(backend: string, operation: Operation, inputs: readonly Values[]): Promise<Float32Array[]> {
  await setBackend(backend);
  const before = memory().numTensors;
  const results = tidy(() => {
    const tensors = inputs.map(({ data, shape }) => tensor(data, shape));
    const value = operation(...tensors);
    // Made here: a GPU's own cosine is only good to 5e-4.
    const probe = tensor(
      Float32Array.from({ length: value.size }, (_, i) => Math.cos(i)),
      value.shape,
    );
    return [value, ...grads((...x: Tensor[]) => sum(mul(operation(...x), probe)))(tensors)];
  });
  const left = memory().numTensors - before - results.length;
  if (left !== 0) throw new Error(`compareWithCpu: ${left} tensors are left over on ${backend}.`);
  const values = await Promise.all(results.map((result) => result.data<'float32'>()));
  dispose(results);
  return values;
}

/** Largest difference of a backend from plain JavaScript, relative to the root mean square of each result. */
export async function difference(operation: Operation, inputs: readonly Values[], backend = 'wasm'): Promise<number> {
  const want = await evaluate('cpu', operation, inputs);
  const got = await evaluate(backend, operation, inputs);
  const errors = want.map((values, i) => {
    const others = got[i];
    if (others?.length !== values.length) throw new Error(`compareWithCpu: result ${i} differs in size.`);
    const scale = Math.sqrt(values.reduce((total, x) => total + x * x, 0) / Math.max(values.length, 1)) || 1;
    return values.reduce((worst, x, j) => Math.max(worst, Math.abs(x - (others[j] ?? NaN))), 0) / scale;
  });
  return Math.max(...errors);
}

/** `difference` for WebGPU. */
export const differenceOnGpu = (operation: Operation, inputs: readonly Values[]): Promise<number> =>
  difference(operation, inputs, 'webgpu');

/** What a function gives on a backend; fails where tensors are left over. */
export async function valuesOn(backend: 'cpu' | ComparedBackend, run: () => Tensor): Promise<number[]> {
  await setBackend(backend);
  const before = memory().numTensors;
  const result = tidy(run);
  const values = Array.from(await result.data());
  result.dispose();
  const left = memory().numTensors - before;
  if (left !== 0) throw new Error(`${left} tensors are left over on ${backend}.`);
  return values;
}
