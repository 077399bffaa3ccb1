import type { KernelBackend } from '@tensorflow/tfjs-core';
import { findKernel } from '../findKernel.js';
import { replaceKernel } from '../replaceKernel.js';
import { attentionKernels } from './attentionKernels.js';
import { batchNormKernels } from './batchNormKernels.js';
import { convolutionKernels } from './convolutionKernels.js';
import { elementwiseKernels } from './elementwiseKernels.js';
import { layerNormKernels } from './layerNormKernels.js';
import { poolingKernels } from './poolingKernels.js';
import { rowKernels } from './rowKernels.js';
import { shapeKernels } from './shapeKernels.js';
import { updateKernels } from './updateKernels.js';
import { WebgpuContext } from './webgpuContext.js';
import type { KernelCall, WebgpuKernel } from './webgpuKernel.js';

/** Every kernel of ours for WebGPU. */
export const webgpuKernels: readonly WebgpuKernel[] = [
  ...attentionKernels,
  ...batchNormKernels,
  ...convolutionKernels,
  ...elementwiseKernels,
  ...layerNormKernels,
  ...poolingKernels,
  ...rowKernels,
  ...shapeKernels,
  ...updateKernels,
];

/** Registers the kernels for a WebGPU backend; false where it is not built as expected and TensorFlow.js' own stay. */
export function registerWebgpuKernels(backend: KernelBackend): boolean {
  if (!WebgpuContext.fits(backend)) return false;
  for (const kernel of webgpuKernels) register(kernel);
  return true;
}

const register = ({ name, run }: WebgpuKernel): void =>
  replaceKernel({ name, backend: 'webgpu' }, ({ inputs, attrs, backend }, original) => {
    const other: KernelCall<never>['other'] = (otherName, otherInputs, attributes) => {
      const kernel = findKernel(otherName, 'webgpu');
      if (!kernel) throw new Error(`webgpu kernels: ${name} needs ${otherName}, which is not registered.`);
      return kernel.kernelFunc({ inputs: otherInputs, attrs: { ...attributes }, backend });
    };
    return run({
      inputs: inputs as KernelCall<never>['inputs'],
      attributes: (attrs ?? {}) as never,
      context: WebgpuContext.of(backend),
      original,
      other,
    });
  });
