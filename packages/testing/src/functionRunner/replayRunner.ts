// A runner that captures on any backend, kernel by kernel. It saves no time: tests use it to show that a function may be
// captured and replayed.
import { engine, tidy, Variable, type NamedTensorMap, type Tensor } from '@tensorflow/tfjs-core';
import {
  CaptureError,
  flattenTree,
  type FunctionResult,
  type FunctionRunner,
  type TensorFunction,
} from '@tessera/core';
import { tidyRecord } from '@tessera/layers';
import { traceDifference } from './compareTraces.js';
import { recordKernels, type KernelTrace, type TensorSource, type TraceStep } from './kernelTrace.js';

/** How a {@link ReplayRunner} works. */
export interface ReplayOptions {
  /**
   * `replay`: the first call of a function records, later ones repeat the record. `compare`: every call runs the body, and
   * fails when it does anything else than the first call did, other values of inputs and variables aside.
   */
  readonly mode: 'replay' | 'compare';
  /** Whether batches are to come in few shapes, as for a backend that captures; false if left out. */
  readonly captures?: boolean;
}

interface Captured {
  readonly key: string;
  readonly trace: KernelTrace;
  readonly outputs: readonly TensorSource[];
  readonly result: FunctionResult<unknown, unknown>;
}

/** Captures functions as lists of kernels. Owns the constants in them. */
export class ReplayRunner implements FunctionRunner {
  readonly description: string;
  readonly captures: boolean;
  /** How often a record was repeated, or a call was compared with one. */
  numRepeats = 0;
  /** How many functions were recorded: one for each key and shape of inputs. */
  numRecords = 0;
  private readonly captured = new Map<string, Captured>();
  /** Calls wait for each other: comparing reads values. */
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: ReplayOptions) {
    this.description = options.mode === 'replay' ? 'replayed kernels' : 'compared kernels';
    this.captures = options.captures ?? false;
  }

  /** The keys of the functions that are kept, each once. */
  get keys(): string[] {
    return [...new Set([...this.captured.values()].map(({ key }) => key))];
  }

  run<I, O, Info>(fn: TensorFunction<I, O, Info>): Promise<FunctionResult<O, Info>> {
    const result = this.last.then(() => this.runNext(fn));
    this.last = result.catch(() => undefined);
    return result;
  }

  private async runNext<I, O, Info>(fn: TensorFunction<I, O, Info>): Promise<FunctionResult<O, Info>> {
    const { tensors, skeleton } = flattenTree(fn.inputs);
    const id = `${fn.key}\n${skeleton}`;
    const known = this.captured.get(id);
    if (known) this.numRepeats += 1;
    if (known && this.options.mode === 'replay') return replay(known, tensors) as FunctionResult<O, Info>;
    const { result, captured } = record(fn);
    if (known) await this.requireSame(fn, known, captured);
    else {
      this.captured.set(id, captured);
      this.numRecords += 1;
    }
    return result;
  }

  private async requireSame({ name }: { readonly name: string }, known: Captured, captured: Captured): Promise<void> {
    const difference = await traceDifference(known.trace, captured.trace);
    free(captured);
    if (difference === undefined) return;
    throw new CaptureError(
      `${name}: calls with one key must do the same, got a difference: ${difference}. ` +
        'Make what changes from call to call an input, or name it in the key.',
    );
  }

  forget(keyPrefix: string): void {
    for (const [id, captured] of this.captured) {
      if (!captured.key.startsWith(keyPrefix)) continue;
      free(captured);
      this.captured.delete(id);
    }
  }
}

const free = ({ trace }: Captured): void => {
  for (const constant of trace.constants) constant.dispose();
};

/** Runs a body on stand-ins, so that a tensor that stands at two places of the inputs is told apart. */
function record<I, O, Info>(
  fn: TensorFunction<I, O, Info>,
): { readonly result: FunctionResult<O, Info>; readonly captured: Captured } {
  let captured: Captured | undefined;
  const result = tidyRecord(() => {
    const flat = flattenTree(fn.inputs);
    const standIns = flat.tensors.map((tensor) => tensor.clone());
    const { value, trace } = recordKernels(standIns, () => fn.body(flat.rebuild(standIns)));
    const { tensors, rebuild } = flattenTree(value.outputs);
    const outputs = tensors.map((tensor) => trace.sourceOf(tensor));
    const owned = ownEach(tensors);
    captured = { key: fn.key, trace, outputs, result: { outputs: rebuild(owned), info: value.info } };
    return { outputs: rebuild(owned), info: value.info };
  });
  return { result, captured: captured as Captured };
}

/** Repeats a record on other inputs. */
function replay({ trace, outputs, result }: Captured, inputs: readonly Tensor[]): FunctionResult<unknown, unknown> {
  return tidyRecord(() => {
    const results: Tensor[][] = [];
    const tensorOf = (source: TensorSource): Tensor => {
      switch (source.kind) {
        case 'input':
          return inputs[source.index] as Tensor;
        case 'constant':
          return trace.constants[source.index] as Tensor;
        case 'result':
          return results[source.step]?.[source.index] as Tensor;
        case 'outside':
          return source.tensor;
      }
    };
    for (const step of trace.steps) results.push(repeat(step, tensorOf));
    const { rebuild } = flattenTree(result.outputs);
    const lent = new Set<Tensor>([...inputs, ...trace.constants]);
    return { outputs: rebuild(ownEach(outputs.map(tensorOf), lent)), info: result.info };
  });
}

function repeat(step: TraceStep, tensorOf: (source: TensorSource) => Tensor): Tensor[] {
  if (step.kind === 'assign') {
    step.variable.assign(tensorOf(step.value));
    return [];
  }
  const named = Object.entries(step.inputs).map(([name, source]) => [name, tensorOf(source)] as const);
  const inputs = step.takesList ? named.map(([, tensor]) => tensor) : Object.fromEntries(named);
  return [engine().runKernel<Tensor | Tensor[]>(step.name, inputs as NamedTensorMap, step.attributes)].flat();
}

/** Tensors that their caller may free one by one. */
function ownEach(tensors: readonly Tensor[], lent = new Set<Tensor>()): Tensor[] {
  return tensors.map((tensor) => {
    if (lent.has(tensor) || tensor instanceof Variable) return tidy(() => tensor.clone());
    lent.add(tensor);
    return tensor;
  });
}
