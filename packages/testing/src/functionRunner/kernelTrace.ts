// Records the kernels that a function runs, on any backend: what they read, what they make, and what is assigned.
import { engine, Identity, Tensor, Variable, type NamedAttrMap, type NamedTensorMap } from '@tensorflow/tfjs-core';
import { CaptureError } from '@tessera/core';

/** Where a tensor of a trace comes from. */
export type TensorSource =
  | { readonly kind: 'input'; readonly index: number }
  | { readonly kind: 'constant'; readonly index: number }
  | { readonly kind: 'result'; readonly step: number; readonly index: number }
  /** A variable, or a tensor that was there before the function ran. */
  | { readonly kind: 'outside'; readonly tensor: Tensor };

/** One thing that a function does. */
export type TraceStep =
  | {
      readonly kind: 'kernel';
      readonly name: string;
      readonly attributes: NamedAttrMap | undefined;
      /** By name, or in order where the kernel takes a list. */
      readonly inputs: Readonly<Record<string, TensorSource>>;
      readonly takesList: boolean;
    }
  | { readonly kind: 'assign'; readonly variable: Variable; readonly value: TensorSource };

/** All that a function does. */
export interface KernelTrace {
  readonly steps: readonly TraceStep[];
  /** Tensors made of JavaScript numbers; kept until the trace's owner frees them. */
  readonly constants: readonly Tensor[];
  /** Where a tensor that the function returned comes from. */
  sourceOf(tensor: Tensor): TensorSource;
}

/** The methods of TensorFlow.js' engine that everything goes through. */
interface EngineHooks {
  runKernel(name: string, inputs: NamedTensorMap | Tensor[], attributes?: NamedAttrMap): Tensor | Tensor[];
  makeTensor(...given: never[]): Tensor;
  read(...given: never[]): unknown;
  readSync(...given: never[]): unknown;
}

/**
 * Runs a synchronous function and records what it does. Call it inside a tidy.
 * @param inputs - the tensors that stand for other ones when the trace is repeated
 * @throws CaptureError when the function reads a value
 */
export function recordKernels<T>(
  inputs: readonly Tensor[],
  run: () => T,
): { readonly value: T; readonly trace: KernelTrace } {
  const recorder = new Recorder(inputs);
  const undo = [...recorder.hookEngine(), recorder.hookVariables()];
  try {
    return { value: run(), trace: recorder };
  } catch (error) {
    for (const constant of recorder.constants) constant.dispose();
    throw error;
  } finally {
    for (const restore of undo) restore();
  }
}

interface KernelCall {
  readonly name: string;
  readonly inputs: NamedTensorMap | Tensor[];
  readonly attributes: NamedAttrMap | undefined;
  readonly results: Tensor | Tensor[];
}

class Recorder implements KernelTrace {
  readonly steps: TraceStep[] = [];
  readonly constants: Tensor[] = [];
  private readonly sources = new Map<number, TensorSource>();
  /** What the engine cloned while a kernel ran: inputs and results that its gradient will read. */
  private readonly clones: [original: Tensor, clone: Tensor][] = [];
  /** Above 0 inside a kernel, whose own doings are the backend's affair. */
  private depth = 0;

  constructor(inputs: readonly Tensor[]) {
    inputs.forEach((tensor, index) => this.sources.set(tensor.id, { kind: 'input', index }));
  }

  sourceOf(tensor: Tensor): TensorSource {
    return this.sources.get(tensor.id) ?? { kind: 'outside', tensor };
  }

  /** Replaces the engine's methods; gives what puts them back. */
  hookEngine(): (() => void)[] {
    const hooked = engine() as unknown as EngineHooks;
    const { runKernel, makeTensor, read, readSync } = hooked;
    hooked.runKernel = (name, inputs, attributes) => {
      const results = this.inside(() => runKernel.call(engine(), name, inputs, attributes));
      if (this.depth === 0) this.noteKernel({ name, inputs, attributes, results });
      else if (name === Identity) this.clones.push([inputs['x' as never] as Tensor, results as Tensor]);
      return results;
    };
    hooked.makeTensor = (...given) => {
      const made = makeTensor.apply(engine(), given);
      if (this.depth === 0) {
        this.sources.set(made.id, { kind: 'constant', index: this.constants.length });
        this.constants.push(this.inside(() => engine().keep(made.clone())));
      }
      return made;
    };
    const refuse = (): never => {
      throw new CaptureError(
        'a value must not be read in JavaScript while a function is captured. Compute with tensors, or set training.compile to off.',
      );
    };
    const watch =
      (original: (...given: never[]) => unknown) =>
      (...given: never[]) =>
        this.depth === 0 ? refuse() : original.apply(engine(), given);
    hooked.read = watch(read);
    hooked.readSync = watch(readSync);
    return [() => Object.assign(hooked, { runKernel, makeTensor, read, readSync })];
  }

  hookVariables(): () => void {
    const prototype = Variable.prototype as { assign: (this: Variable, value: Tensor) => void };
    const original = prototype.assign;
    const note = (variable: Variable, value: Tensor): void => {
      this.steps.push({ kind: 'assign', variable, value: this.sourceOf(value) });
    };
    prototype.assign = function (value) {
      note(this, value);
      original.call(this, value);
    };
    return () => {
      prototype.assign = original;
    };
  }

  private noteKernel({ name, inputs, attributes, results }: KernelCall): void {
    const given = Object.entries(inputs).filter(([, tensor]) => tensor instanceof Tensor);
    const sources = Object.fromEntries(given.map(([key, tensor]) => [key, this.sourceOf(tensor)]));
    const step = this.steps.length;
    this.steps.push({ kind: 'kernel', name, attributes, inputs: sources, takesList: Array.isArray(inputs) });
    [results].flat().forEach((tensor, index) => this.sources.set(tensor.id, { kind: 'result', step, index }));
    const own = new Set([...given.map(([, tensor]) => tensor), ...[results].flat()]);
    for (const [x, clone] of this.clones.splice(0)) {
      if (own.has(x)) this.noteKernel({ name: Identity, inputs: { x }, attributes: undefined, results: clone });
    }
  }

  private inside<T>(run: () => T): T {
    this.depth += 1;
    try {
      return run();
    } finally {
      this.depth -= 1;
    }
  }
}
