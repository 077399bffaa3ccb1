// Random numbers in plain JavaScript, the same as wasm's; the algorithm is documented at `statelessUniform` in
// @tessera/layers. Everything else runs as composites there.
import { util, type KernelFunc, type TensorInfo, type TypedArray } from '@tensorflow/tfjs-core';
import { replaceKernel, type KernelParams } from '../replaceKernel.js';

interface CpuBackend {
  readonly data: { get(dataId: object): { readonly values: TypedArray } };
  makeTensorInfo(shape: number[], dtype: 'float32', values: Float32Array): TensorInfo;
}

function mix(h: number): number {
  let mixed = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

/** The uniform number of an index, as a function of the index. */
function generator(seed: TypedArray): (index: number) => number {
  const start = mix((seed[0] ?? 0) ^ 0x9e3779b9);
  const second = seed[1] ?? 0;
  return (index) => (mix(mix((start + Math.imul(index, 0x9e3779b1)) | 0) ^ second) >>> 8) / 2 ** 24;
}

function valuesOf({ inputs, backend }: KernelParams, name: string): TypedArray {
  const tensor = inputs[name];
  if (!tensor) throw new Error(`cpu kernels: input "${name}" is missing.`);
  return (backend as CpuBackend).data.get(tensor.dataId).values;
}

const uniform: KernelFunc = (call) => {
  const shape = (call.attrs as unknown as { shape: number[] }).shape;
  const draw = generator(valuesOf(call, 'seed'));
  const values = Float32Array.from({ length: util.sizeFromShape(shape) }, (_, index) => draw(index));
  return (call.backend as CpuBackend).makeTensorInfo([...shape], 'float32', values);
};

const dropout: KernelFunc = (call) => {
  const { rate } = call.attrs as unknown as { rate: number };
  const limit = Math.fround(rate);
  const factor = Math.fround(1 / Math.fround(1 - limit));
  const draw = generator(valuesOf(call, 'seed'));
  const values = Float32Array.from(valuesOf(call, 'x'), (value, index) => (draw(index) >= limit ? value * factor : 0));
  return (call.backend as CpuBackend).makeTensorInfo([...(call.inputs['x']?.shape ?? [])], 'float32', values);
};

const kernels: Readonly<Record<string, KernelFunc>> = { TesseraStatelessUniform: uniform, TesseraDropout: dropout };

/** Registers the kernels of the plain JavaScript backend; safe to call again. */
export function registerCpuKernels(): void {
  for (const [name, kernelFunc] of Object.entries(kernels)) replaceKernel({ name, backend: 'cpu' }, kernelFunc);
}
