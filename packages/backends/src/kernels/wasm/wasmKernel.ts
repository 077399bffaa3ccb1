import type { TensorInfo } from '@tensorflow/tfjs-core';
import { type WasmContext } from './wasmContext.js';

/** What a kernel is called with. */
export interface KernelCall<Attributes> {
  readonly inputs: Readonly<Record<string, TensorInfo>>;
  readonly attributes: Attributes;
  readonly context: WasmContext;
  /** TensorFlow.js' own kernel of this name, for what ours does not cover. */
  readonly original: () => TensorInfo | TensorInfo[];
}

/** A kernel by its name; takes the place of TensorFlow.js' own where there is one. */
export interface WasmKernel {
  readonly name: string;
  readonly run: (call: KernelCall<never>) => TensorInfo | TensorInfo[];
}

/** Types a kernel by its attributes. */
export const wasmKernel = <Attributes = object>(
  name: string,
  run: (call: KernelCall<Attributes>) => TensorInfo | TensorInfo[],
): WasmKernel => ({ name, run: run });

/** An input that must be there. */
export function input({ inputs }: Pick<KernelCall<never>, 'inputs'>, name: string): TensorInfo {
  const tensor = inputs[name];
  if (!tensor) throw new Error(`wasm kernels: input "${name}" is missing.`);
  return tensor;
}

/** Sizes of an axis each; missing axes are errors. */
export function sizes<Count extends number>(tensor: TensorInfo, count: Count): number[] & { length: Count } {
  if (tensor.shape.length !== count)
    throw new Error(`wasm kernels: expected ${count} axes, got [${tensor.shape.join(', ')}].`);
  return tensor.shape as number[] & { length: Count };
}
