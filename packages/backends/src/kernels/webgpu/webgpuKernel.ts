import { util, type TensorInfo } from '@tensorflow/tfjs-core';
import type { Launch, WebgpuContext } from './webgpuContext.js';
import { ELEMENT_THREADS } from './wgslProgram.js';

/** What a kernel is called with. */
export interface KernelCall<Attributes> {
  readonly inputs: Readonly<Record<string, TensorInfo>>;
  readonly attributes: Attributes;
  readonly context: WebgpuContext;
  /** TensorFlow.js' own kernel of this name, for what ours does not cover. */
  readonly original: () => TensorInfo | TensorInfo[];
  /** Runs another kernel of this backend. */
  readonly other: (name: string, inputs: Record<string, TensorInfo>, attributes: object) => TensorInfo | TensorInfo[];
}

/** A kernel by its name. */
export interface WebgpuKernel {
  readonly name: string;
  readonly run: (call: KernelCall<never>) => TensorInfo | TensorInfo[];
}

/** Types a kernel by its attributes. */
export const webgpuKernel = <Attributes = object>(
  name: string,
  run: (call: KernelCall<Attributes>) => TensorInfo | TensorInfo[],
): WebgpuKernel => ({ name, run });

/** An input that must be there. */
export function input({ inputs }: Pick<KernelCall<never>, 'inputs'>, name: string): TensorInfo {
  const tensor = inputs[name];
  if (!tensor) throw new Error(`webgpu kernels: input "${name}" is missing.`);
  return tensor;
}

/** Number of elements. */
export const sizeOf = ({ shape }: TensorInfo): number => util.sizeFromShape(shape);

/** Uniforms and workgroups of an elementwise program over `size` elements. */
export const forEach = (
  size: number,
  uniforms: Readonly<Record<string, number>> = {},
): Pick<Launch, 'uniforms' | 'workgroups'> => ({
  uniforms: { size, ...uniforms },
  workgroups: Math.ceil(size / ELEMENT_THREADS),
});
