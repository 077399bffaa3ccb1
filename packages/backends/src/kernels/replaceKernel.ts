import { registerKernel, unregisterKernel, type KernelFunc, type TensorInfo } from '@tensorflow/tfjs-core';
import { findKernel } from './findKernel.js';

/** A kernel's place. */
export interface KernelPlace {
  readonly name: string;
  /** TensorFlow.js' name of the backend. */
  readonly backend: string;
  /** What messages call the backend; its name if left out. */
  readonly title?: string;
}

/** What TensorFlow.js calls a kernel with. */
export type KernelParams = Parameters<KernelFunc>[0];

type Result = TensorInfo | TensorInfo[];

const registered = new Set<KernelFunc>();

/**
 * Puts a kernel in the place of the one of its name, or where there is none. Safe to call again.
 * @param run - gets the call, and `original`, which runs the kernel that was there
 */
export function replaceKernel(
  { name, backend, title = backend }: KernelPlace,
  run: (params: KernelParams, original: () => Result) => Result,
): void {
  const existing = findKernel(name, backend);
  if (existing && registered.has(existing.kernelFunc)) return;
  if (existing) unregisterKernel(name, backend);
  const kernelFunc: KernelFunc = (params) =>
    run(params, () => {
      if (!existing) throw new Error(`${title} kernels: ${name} does not cover these attributes.`);
      return existing.kernelFunc(params);
    });
  registered.add(kernelFunc);
  registerKernel({ kernelName: name, backendName: backend, kernelFunc });
}
