import { registerKernel, unregisterKernel, type KernelBackend, type KernelFunc } from '@tensorflow/tfjs-core';
import { findKernel } from '../findKernel.js';
import { attentionKernels } from './attentionKernels.js';
import { convolutionKernels } from './convolutionKernels.js';
import { elementwiseKernels } from './elementwiseKernels.js';
import { matMulKernels } from './matMulKernels.js';
import { normKernels } from './normKernels.js';
import { poolingKernels } from './poolingKernels.js';
import { updateKernels } from './updateKernels.js';
import { WasmContext } from './wasmContext.js';
import type { WasmKernel } from './wasmKernel.js';

/** Every kernel of ours for wasm. */
export const wasmKernels: readonly WasmKernel[] = [
  ...matMulKernels,
  ...convolutionKernels,
  ...normKernels,
  ...elementwiseKernels,
  ...attentionKernels,
  ...updateKernels,
  ...poolingKernels,
];

const registered = new Set<KernelFunc>();

/** Registers the kernels for a wasm backend; false where its memory cannot be shared and TensorFlow.js' own stay. */
export async function registerWasmKernels(backend: KernelBackend): Promise<boolean> {
  if (!(await WasmContext.open(backend))) return false;
  for (const kernel of wasmKernels) register(kernel);
  return true;
}

function register({ name, run }: WasmKernel): void {
  const existing = findKernel(name, 'wasm');
  if (existing && registered.has(existing.kernelFunc)) return;
  if (existing) unregisterKernel(name, 'wasm');
  const kernelFunc: KernelFunc = (params) => {
    const { inputs, attrs, backend } = params;
    const original = () => {
      if (!existing) throw new Error(`wasm kernels: ${name} does not cover these attributes.`);
      return existing.kernelFunc(params);
    };
    const named = inputs as Parameters<WasmKernel['run']>[0]['inputs'];
    return run({ inputs: named, attributes: (attrs ?? {}) as never, context: WasmContext.of(backend), original });
  };
  registered.add(kernelFunc);
  registerKernel({ kernelName: name, backendName: 'wasm', kernelFunc });
}
