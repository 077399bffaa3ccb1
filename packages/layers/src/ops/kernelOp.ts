// An operation that is one kernel with a gradient of its own. A backend may register a fused kernel under the
// operation's name (`@tessera/backends` does so for wasm and cpu); on any other backend the composite of ordinary
// TensorFlow.js operations is registered at the first call, so that the operation works everywhere.
import {
  engine,
  getBackend,
  getGradient,
  getKernel,
  registerGradient,
  registerKernel,
  tidy,
  type GradConfig,
  type GradFunc,
  type KernelConfig,
  type NamedAttrMap,
  type NamedTensorMap,
  type Tensor,
} from '@tensorflow/tfjs-core';
import './gradients/registerGradients.js';

/** What defines an operation: a kernel name, its meaning on any backend, and what its gradient needs. */
export interface KernelOpDefinition<Attributes extends object> {
  /** Kernel name, such as `TesseraGelu`; a backend overrides the composite by registering this name. */
  readonly name: string;
  /** The outputs in ordinary operations. Runs inside a tidy and returns new tensors, never an input. */
  readonly composite: (inputs: NamedTensorMap, attributes: Attributes) => Tensor[];
  /** Thunks per differentiable input; only those of inputs on the way to a variable are called. */
  readonly gradient?: (dys: Tensor[], saved: Tensor[], attributes: Attributes) => Record<string, () => Tensor>;
  /** Inputs the gradient reads, in this order, before the outputs. */
  readonly inputsToSave?: readonly string[];
  /** Which outputs the gradient reads. */
  readonly outputsToSave?: readonly boolean[];
}

/** A defined operation: run it on named inputs, own the outputs. */
export type KernelOp<Attributes extends object> = (inputs: NamedTensorMap, attributes: Attributes) => Tensor[];

/** Makes a runnable operation of a definition; nothing is registered before its first call. */
export function defineKernelOp<Attributes extends object>(
  definition: KernelOpDefinition<Attributes>,
): KernelOp<Attributes> {
  return (inputs, attributes) => {
    register(definition);
    const named = attributes as NamedAttrMap;
    const outputs = engine().runKernel<Tensor | Tensor[]>(definition.name, inputs, named);
    return Array.isArray(outputs) ? outputs : [outputs];
  };
}

// TensorFlow.js declares these two without the undefined they return for unknown names.
const kernelOf = (name: string): KernelConfig | undefined => getKernel(name, getBackend());
const gradientOf = (name: string): GradConfig | undefined => getGradient(name);

/** Whether the active backend has a kernel of this name. */
export const hasKernel = (name: string): boolean => kernelOf(name) !== undefined;

function register<Attributes extends object>(definition: KernelOpDefinition<Attributes>): void {
  const { name, composite, gradient } = definition;
  if (!hasKernel(name)) {
    registerKernel({
      kernelName: name,
      backendName: getBackend(),
      kernelFunc: ({ inputs, attrs }) => tidy(() => composite(inputs as NamedTensorMap, attrs as Attributes)),
    });
  }
  if (gradient && !gradientOf(name)) {
    const gradFunc: GradFunc = (dy, saved, attrs) =>
      gradient(Array.isArray(dy) ? dy : [dy], saved, attrs as unknown as Attributes);
    registerGradient({
      kernelName: name,
      inputsToSave: [...(definition.inputsToSave ?? [])],
      outputsToSave: [...(definition.outputsToSave ?? [])],
      gradFunc,
    });
  }
}

/** The only output of an operation that has one. */
export function single(outputs: Tensor[]): Tensor {
  const [output] = outputs;
  if (!output) throw new Error('kernelOp: a kernel returned no output.');
  return output;
}

/** The outputs of an operation that has a known number of them, as a tuple. */
export function exactly<Count extends 2 | 3 | 4>(outputs: Tensor[], count: Count): TensorTuple<Count> {
  if (outputs.length !== count) throw new Error(`kernelOp: expected ${count} tensors, got ${outputs.length}.`);
  return outputs as TensorTuple<Count>;
}

/** A tuple of `Count` tensors. */
export type TensorTuple<Count extends 2 | 3 | 4> = Count extends 2
  ? [Tensor, Tensor]
  : Count extends 3
    ? [Tensor, Tensor, Tensor]
    : [Tensor, Tensor, Tensor, Tensor];
