import type { Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import { replaceKernel } from '../../kernels/replaceKernel.js';
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

/** Puts a kernel in the place of another of its name, or where there is none. Safe to call again. */
export function registerNativeKernel({ name, run }: NativeKernel, capture: CaptureBackend): void {
  const attribute = attributesOf(capture.binding);
  replaceKernel({ name, backend: 'tensorflow', title: 'native' }, ({ inputs, attrs, backend }, original) =>
    run({
      inputs: inputs as NativeCall['inputs'],
      attributes: (attrs ?? {}) as NativeCall['attributes'],
      backend: backend as unknown as NativeBackend,
      attribute,
      capture,
      original,
    }),
  );
}
