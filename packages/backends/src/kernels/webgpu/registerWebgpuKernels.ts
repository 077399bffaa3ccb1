import { registerKernel, unregisterKernel, type KernelBackend, type KernelFunc } from '@tensorflow/tfjs-core';
import { findKernel } from '../findKernel.js';
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

const registered = new Set<KernelFunc>();

/** Registers the kernels for a WebGPU backend; false where it is not built as expected and TensorFlow.js' own stay. */
export function registerWebgpuKernels(backend: KernelBackend): boolean {
  if (!WebgpuContext.fits(backend)) return false;
  for (const kernel of webgpuKernels) register(kernel);
  return true;
}

function register({ name, run }: WebgpuKernel): void {
  const existing = findKernel(name, 'webgpu');
  if (existing && registered.has(existing.kernelFunc)) return;
  if (existing) unregisterKernel(name, 'webgpu');
  const kernelFunc: KernelFunc = (params) => {
    const { inputs, attrs, backend } = params;
    const original = () => {
      if (!existing) throw new Error(`webgpu kernels: ${name} does not cover these attributes.`);
      return existing.kernelFunc(params);
    };
    const other: KernelCall<never>['other'] = (otherName, otherInputs, attributes) => {
      const kernel = findKernel(otherName, 'webgpu');
      if (!kernel) throw new Error(`webgpu kernels: ${name} needs ${otherName}, which is not registered.`);
      return kernel.kernelFunc({ inputs: otherInputs, attrs: { ...attributes }, backend });
    };
    const named = inputs as KernelCall<never>['inputs'];
    return run({
      inputs: named,
      attributes: (attrs ?? {}) as never,
      context: WebgpuContext.of(backend),
      original,
      other,
    });
  };
  registered.add(kernelFunc);
  registerKernel({ kernelName: name, backendName: 'webgpu', kernelFunc });
}
