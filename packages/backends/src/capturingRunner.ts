import {
  BackendError,
  CaptureError,
  eagerRunner,
  flattenTree,
  type FlatTree,
  type FunctionResult,
  type FunctionRunner,
  type Precision,
  type TensorFunction,
} from '@tessera/core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { CaptureOptions } from './provider.js';

/** A function that a backend has captured, for inputs of one structure and its shapes. */
export interface Captured<O, Info> {
  /** Whether all that it uses is where it was. */
  readonly usable: boolean;
  /**
   * Runs it; the outputs belong to the caller.
   * @param inputs - the tensors of the inputs' tree, in its order
   */
  call(inputs: readonly Tensor[]): Promise<FunctionResult<O, Info>>;
  /** Frees it, once a call that runs now has ended. */
  dispose(): void;
}

/** What is to be captured. */
export interface CaptureRequest<I, O, Info> {
  readonly inputs: FlatTree<I>;
  readonly body: (inputs: I) => FunctionResult<O, Info>;
  readonly precision?: Precision | undefined;
}

/** How a backend captures; throws a CaptureError for what it cannot. */
export type CaptureFunction = <I, O, Info>(request: CaptureRequest<I, O, Info>) => Captured<O, Info>;

/** How much is kept, and how. */
export interface CapturingRunnerOptions {
  readonly capture: CaptureFunction;
  /** Default "captured graphs". */
  readonly description?: string;
  /** Captured functions kept at most; the one that was called longest ago goes first. */
  readonly capacity?: number;
  readonly precisions?: FunctionRunner['precisions'];
}

/** Captures each function once for each shape of its inputs, and calls what it captured from then on. */
export class CapturingRunner implements FunctionRunner {
  readonly description: string;
  readonly captures = true;
  readonly precisions: NonNullable<FunctionRunner['precisions']>;
  /** Called once for each key that cannot be captured and runs eagerly instead; whoever opens the backend sets it. */
  onRefusal: CaptureOptions['onRefusal'];
  private readonly kept = new Map<string, Captured<unknown, unknown>>(); // in the order of their last calls
  private readonly refused = new Set<string>();
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: CapturingRunnerOptions) {
    this.description = options.description ?? 'captured graphs';
    this.precisions = options.precisions ?? [];
  }

  /** Calls run one after the other: each may update variables that the next one reads. */
  run<I, O, Info>(fn: TensorFunction<I, O, Info>): Promise<FunctionResult<O, Info>> {
    const result = this.last.then(() => this.runNow(fn));
    this.last = result.catch(() => undefined);
    return result;
  }

  private async runNow<I, O, Info>(fn: TensorFunction<I, O, Info>): Promise<FunctionResult<O, Info>> {
    if (isMixed(fn)) this.requireOffered(fn);
    if (this.refused.has(fn.key)) return eagerRunner.run(fn);
    const inputs = flattenTree(fn.inputs);
    let captured: Captured<O, Info>;
    try {
      captured = this.captured(fn, inputs);
    } catch (error) {
      if (!(error instanceof CaptureError) || isMixed(fn)) throw error;
      this.refused.add(fn.key);
      this.onRefusal?.(fn.name, error);
      return eagerRunner.run(fn);
    }
    return captured.call(inputs.tensors);
  }

  private requireOffered<I, O, Info>({ name, precision = 'float32' }: TensorFunction<I, O, Info>): void {
    const { precisions } = this;
    const none = 'none' in precisions;
    if (!none && precisions.includes(precision)) return;
    const reason = none ? ` (${precisions.none})` : '';
    throw new BackendError(
      `${name}: must compute in a precision that the backend offers, got precision=${precision}${reason}. Use float32.`,
    );
  }

  private captured<I, O, Info>(fn: TensorFunction<I, O, Info>, inputs: FlatTree<I>): Captured<O, Info> {
    const key = `${fn.key}${isMixed(fn) ? `${fn.precision}/` : ''}${inputs.skeleton}`;
    let captured = this.kept.get(key) as Captured<O, Info> | undefined;
    this.kept.delete(key);
    if (captured && !captured.usable) {
      captured.dispose();
      captured = undefined;
    }
    captured ??= this.options.capture({ inputs, body: fn.body, precision: fn.precision });
    this.kept.set(key, captured);
    this.dropOldest();
    return captured;
  }

  private dropOldest(): void {
    const [oldest] = this.kept;
    if (!oldest || this.kept.size <= (this.options.capacity ?? 32)) return;
    oldest[1].dispose();
    this.kept.delete(oldest[0]);
  }

  forget(keyPrefix: string): void {
    for (const [key, captured] of this.kept) {
      if (!key.startsWith(keyPrefix)) continue;
      captured.dispose();
      this.kept.delete(key);
    }
    for (const key of this.refused) if (key.startsWith(keyPrefix)) this.refused.delete(key);
  }
}

/** Whether it asks for a precision that running operation by operation would not give. */
const isMixed = <I, O, Info>({ precision = 'float32' }: TensorFunction<I, O, Info>): boolean => precision !== 'float32';
