import { registerKernel, unregisterKernel, type KernelBackend, type KernelFunc } from '@tensorflow/tfjs-core';
import { findKernel } from '../findKernel.js';
import { poolingKernels } from './poolingKernels.js';
import { WebgpuContext } from './webgpuContext.js';
import type { KernelCall, WebgpuKernel } from './webgpuKernel.js';

/** Every kernel of ours for WebGPU. */
export const webgpuKernels: readonly WebgpuKernel[] = [...poolingKernels];

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
  const kernelFunc: KernelFunc = ({ inputs, attrs, backend }) => {
    const call: KernelCall<never>['call'] = (other, otherInputs, attributes) => {
      const kernel = findKernel(other, 'webgpu');
      if (!kernel) throw new Error(`webgpu kernels: ${name} needs ${other}, which is not registered.`);
      return kernel.kernelFunc({
        inputs: otherInputs,
        attrs: { ...attributes },
        backend,
      }) as KernelCall<never>['inputs'][string];
    };
    return run({
      inputs: inputs as KernelCall<never>['inputs'],
      attributes: (attrs ?? {}) as never,
      context: WebgpuContext.of(backend),
      call,
    });
  };
  registered.add(kernelFunc);
  registerKernel({ kernelName: name, backendName: 'webgpu', kernelFunc });
}
