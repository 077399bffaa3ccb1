import type { KernelBackend } from '@tensorflow/tfjs-core';
import { replaceKernel } from '../replaceKernel.js';
import { attentionKernels } from './attentionKernels.js';
import { convolutionKernels } from './convolutionKernels.js';
import { elementwiseKernels } from './elementwiseKernels.js';
import { matMulKernels } from './matMulKernels.js';
import { normKernels } from './normKernels.js';
import { poolingKernels } from './poolingKernels.js';
import { selectKernels } from './selectKernels.js';
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
  ...selectKernels,
];

/** Registers the kernels for a wasm backend; false where its memory can't be had and TensorFlow.js' own stay. */
export async function registerWasmKernels(backend: KernelBackend, threads = 1): Promise<boolean> {
  if (!(await WasmContext.open(backend, threads))) return false;
  for (const kernel of wasmKernels) register(kernel);
  return true;
}

const register = ({ name, run }: WasmKernel): void =>
  replaceKernel({ name, backend: 'wasm' }, ({ inputs, attrs, backend }, original) => {
    const named = inputs as Parameters<WasmKernel['run']>[0]['inputs'];
    return run({ inputs: named, attributes: (attrs ?? {}) as never, context: WasmContext.of(backend), original });
  });
