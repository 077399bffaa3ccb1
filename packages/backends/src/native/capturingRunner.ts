import {
  CaptureError,
  eagerRunner,
  flattenTree,
  type FlatTree,
  type FunctionResult,
  type FunctionRunner,
  type TensorFunction,
} from '@tessera/core';
import type { CaptureOptions } from '../provider.js';
import type { CaptureBackend } from './captureBackend.js';
import { CapturedFunction } from './capturedFunction.js';

/** How much is kept. */
export interface CapturingRunnerOptions {
  /** Captured functions kept at most; the one that was called longest ago goes first. */
  readonly capacity?: number;
  readonly precisions?: FunctionRunner['precisions'];
}

type AnyFunction = CapturedFunction<unknown, unknown, unknown>;

/** Captures each function once for each shape of its inputs, and calls what it captured from then on. */
export class CapturingRunner implements FunctionRunner {
  readonly description = 'captured graphs';
  readonly captures = true;
  readonly precisions: NonNullable<FunctionRunner['precisions']>;
  /** Called once for each key that cannot be captured and runs eagerly instead; whoever opens the backend sets it. */
  onRefusal: CaptureOptions['onRefusal'];
  private readonly kept = new Map<string, AnyFunction>(); // in the order of their last calls
  private readonly refused = new Set<string>();
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly capture: CaptureBackend,
    private readonly options: CapturingRunnerOptions = {},
  ) {
    this.precisions = options.precisions ?? [];
  }

  /** Calls run one after the other: each may update variables that the next one reads. */
  run<I, O, Info>(fn: TensorFunction<I, O, Info>): Promise<FunctionResult<O, Info>> {
    const result = this.last.then(() => this.runNow(fn));
    this.last = result.catch(() => undefined);
    return result;
  }

  private async runNow<I, O, Info>(fn: TensorFunction<I, O, Info>): Promise<FunctionResult<O, Info>> {
    if (this.refused.has(fn.key)) return eagerRunner.run(fn);
    const inputs = flattenTree(fn.inputs);
    let captured: CapturedFunction<I, O, Info>;
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

  private captured<I, O, Info>(fn: TensorFunction<I, O, Info>, inputs: FlatTree<I>): CapturedFunction<I, O, Info> {
    const key = `${fn.key}${isMixed(fn) ? `${fn.precision}/` : ''}${inputs.skeleton}`;
    let captured = this.kept.get(key) as CapturedFunction<I, O, Info> | undefined;
    this.kept.delete(key);
    if (captured && !captured.usable) {
      captured.dispose();
      captured = undefined;
    }
    captured ??= new CapturedFunction(this.capture, inputs, fn.body, fn.precision);
    this.kept.set(key, captured as unknown as AnyFunction);
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
