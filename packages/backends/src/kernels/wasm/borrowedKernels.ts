// Kernels that TensorFlow.js has in plain JavaScript but not for wasm, run there on copies: slow, yet the operations and
// gradients that use them work.
import {
  findBackend,
  registerKernel,
  type DataType,
  type KernelBackend,
  type KernelFunc,
  type TensorInfo,
  type TypedArray,
} from '@tensorflow/tfjs-core';
import { findKernel } from '../findKernel.js';
import { WasmContext } from './wasmContext.js';

const names = ['DepthwiseConv2dNativeBackpropFilter', 'DepthwiseConv2dNativeBackpropInput', 'Einsum'];

interface CpuBackend extends KernelBackend {
  readonly data: { get(dataId: object): { readonly values: TypedArray } };
  makeTensorInfo(shape: number[], dtype: DataType, values: TypedArray): TensorInfo;
}

/** Copies the inputs to the plain JavaScript backend, runs its kernel and copies the outputs back. */
const borrow =
  (kernelFunc: KernelFunc, cpu: CpuBackend): KernelFunc =>
  ({ inputs, attrs, backend }) => {
    const context = WasmContext.of(backend);
    // Einsum's inputs are an array.
    const copies = (Array.isArray(inputs) ? [] : {}) as Record<string, TensorInfo>;
    for (const [name, tensor] of Object.entries(inputs as Record<string, TensorInfo>)) {
      copies[name] = cpu.makeTensorInfo(tensor.shape, tensor.dtype, context.copyOut(tensor));
    }
    const results = [kernelFunc({ inputs: copies, backend: cpu, ...(attrs ? { attrs } : {}) })].flat();
    const outputs = results.map(({ dataId, shape, dtype }) => {
      const output = context.output(shape, dtype);
      context.copyIn(output, cpu.data.get(dataId).values);
      return output;
    });
    const used = new Set([...Object.values(copies), ...results].map((tensor) => tensor.dataId));
    for (const dataId of used) cpu.disposeData(dataId, true);
    const [only] = outputs;
    return outputs.length === 1 && only ? only : outputs;
  };

/** Registers the borrowed kernels that wasm still lacks; the plain JavaScript backend must have been imported. */
export function registerBorrowedKernels(): void {
  const cpu = findBackend('cpu') as CpuBackend & { firstUse?: boolean };
  cpu.firstUse = false; // no banner about another package
  for (const kernelName of names) {
    const kernel = findKernel(kernelName, 'cpu');
    if (!kernel || findKernel(kernelName, 'wasm')) continue;
    registerKernel({ kernelName, backendName: 'wasm', kernelFunc: borrow(kernel.kernelFunc, cpu) });
  }
}
