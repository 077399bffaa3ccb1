import type { CaptureBackend } from '../captureBackend.js';
import { convolutionKernels } from './convolutionKernels.js';
import { fusedKernels } from './fusedKernels.js';
import { matMulKernels } from './matMulKernels.js';
import { registerNativeKernel, type NativeKernel } from './nativeKernel.js';

/** Every kernel of ours for native TensorFlow. */
export const nativeKernels: readonly NativeKernel[] = [...matMulKernels, ...convolutionKernels, ...fusedKernels];

/** Registers the kernels for native TensorFlow; safe to call again. */
export function registerNativeKernels(capture: CaptureBackend): void {
  for (const kernel of nativeKernels) registerNativeKernel(kernel, capture);
}
