import { registerKernel, unregisterKernel, type KernelFunc, type Tensor, type TensorInfo } from '@tensorflow/tfjs-core';
import { findKernel } from '../../kernels/findKernel.js';
import type { CaptureBackend } from '../captureBackend.js';
import { attributesOf, type NativeBackend } from '../nativeBackend.js';

/** What a kernel gets: tensors by name, attributes, and ways to run TensorFlow's operations. */
export interface NativeCall {
  readonly inputs: Readonly<Record<string, Tensor | undefined>>;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly backend: NativeBackend;
  readonly attribute: ReturnType<typeof attributesOf>;
  readonly capture: CaptureBackend;
  /** The kernel that would run otherwise. */
  readonly original: () => TensorInfo | TensorInfo[];
}

/** A kernel of ours for tfjs-node's backend. */
export interface NativeKernel {
  readonly name: string;
  readonly run: (call: NativeCall) => TensorInfo | TensorInfo[];
}

/** An input that a kernel needs. */
export function input({ inputs }: NativeCall, name: string): Tensor {
  const tensor = inputs[name];
  if (!tensor) throw new Error(`native kernels: input "${name}" is missing.`);
  return tensor;
}

const NAME = 'tensorflow';
const registered = new Set<KernelFunc>();

/** Puts a kernel in the place of another of its name, or where there is none. Safe to call again. */
export function registerNativeKernel({ name, run }: NativeKernel, capture: CaptureBackend): void {
  const existing = findKernel(name, NAME);
  if (existing && registered.has(existing.kernelFunc)) return;
  if (existing) unregisterKernel(name, NAME);
  const attribute = attributesOf(capture.binding);
  const kernelFunc: KernelFunc = (params) => {
    const original = () => {
      if (!existing) throw new Error(`native kernels: ${name} does not cover these attributes.`);
      return existing.kernelFunc(params);
    };
    const { inputs, attrs, backend } = params;
    return run({
      inputs: inputs as NativeCall['inputs'],
      attributes: (attrs ?? {}) as NativeCall['attributes'],
      backend: backend as unknown as NativeBackend,
      attribute,
      capture,
      original,
    });
  };
  registered.add(kernelFunc);
  registerKernel({ kernelName: name, backendName: NAME, kernelFunc });
}
