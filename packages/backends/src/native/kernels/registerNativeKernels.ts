import type { CaptureBackend } from '../captureBackend.js';
import { convolutionKernels } from './convolutionKernels.js';
import { fusedKernels } from './fusedKernels.js';
import { gpuKernels } from './gpuKernels.js';
import { matMulKernels } from './matMulKernels.js';
import { registerNativeKernel, type NativeKernel } from './nativeKernel.js';

/** Registers our kernels for native TensorFlow; safe to call again. Those in `native/*.cc` are for the CPU alone. */
export function registerNativeKernels(capture: CaptureBackend, device: 'cpu' | 'gpu'): void {
  const kernels: readonly NativeKernel[] = [
    ...matMulKernels,
    ...convolutionKernels,
    ...(device === 'cpu' ? fusedKernels : gpuKernels),
  ];
  for (const kernel of kernels) registerNativeKernel(kernel, capture);
}
