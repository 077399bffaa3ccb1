import { getKernel, type KernelConfig } from '@tensorflow/tfjs-core';

/** A backend's kernel by name. TensorFlow.js declares it without the undefined it returns for unknown names. */
export const findKernel = (kernelName: string, backendName: string): KernelConfig | undefined =>
  getKernel(kernelName, backendName);
