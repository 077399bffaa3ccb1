// What metrics read. An EvaluationTable is one; figures of other programs can be put in by hand. n samples, C outputs.
import type { TargetKind } from '@tessera/core';

interface Table {
  readonly targetKind: TargetKind;
  /** Names of the C outputs. */
  readonly labels: readonly string[];
  /** n. */
  readonly numSamples: number;
  /** class-index: [n] class numbers; otherwise [n, C] row-major. */
  readonly targets: ArrayLike<number>;
}

/** Truth and decisions. */
export interface PredictionTable extends Table {
  /** Encoded as the targets are. */
  readonly predictions: ArrayLike<number>;
}

/** Truth and probabilities or values. */
export interface ScoreTable extends Table {
  /** [n, C] row-major. */
  readonly scores: ArrayLike<number>;
}

/** Mean of f(0) … f(count - 1); NaN for none. */
export function meanOver(count: number, f: (index: number) => number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += f(i);
  return sum / count;
}

/** An element of an array; NaN outside it, so that a table of the wrong size gives no figure. */
export const at = (values: ArrayLike<number>, index: number): number => values[index] ?? NaN;
