// Shapes: B batch, C classes or outputs, W pooled width, n samples of an evaluation.
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import type { ForwardContext } from './context.js';
import type { FusedState } from './tokens.js';

/**
 * What a head's targets are: class numbers, a 0/1 row for each sample, real numbers, or what the two sides of a pair have
 * in common, as a number that stands for it. The logits of a pair are two embeddings, side by side.
 */
export type TargetKind = 'class-index' | 'multi-hot' | 'real' | 'pair';

/** What a sample tells a head that makes its targets itself. */
export interface TargetSource {
  readonly id: string;
  /** What the sample is a draw of, if it is one of several. */
  readonly group?: string;
  /** Modalities that take part. */
  readonly present: ReadonlySet<string>;
}

/** Turns the joint state into predictions. TTarget is a raw label, TPrediction what a user gets. */
export interface Head<TTarget = unknown, TPrediction = unknown> {
  readonly targetKind: TargetKind;
  /** C. */
  readonly numOutputs: number;
  /** Names of the outputs: class labels, or names of the regressed values. */
  readonly labels: readonly string[];
  /** Name of the metric that stands for this head in tables and model selection. */
  readonly mainMetric: string;
  /** Names of the metrics reported unless the spec lists others. */
  readonly defaultMetrics: readonly string[];
  /**
   * The target of a sample, for a head whose targets are not labels of the data (see Definition.targets); undefined where
   * the sample does not count.
   */
  targetOf?(sample: TargetSource): TTarget | undefined;
  /** Joint state → logits [B, C]. */
  logits(state: FusedState, context: ForwardContext): Tensor2D;
  /** Checks one raw label. Throws DataError that names the label and what is known. */
  checkTarget(target: TTarget): void;
  /** A raw label as numbers: [class], a 0/1 row of length C, C values, or [number of a pair]. Throws DataError as {@link checkTarget}. */
  encodeTarget(target: TTarget): readonly number[];
  /** What one row of logits predicts, encoded as a target is; empty for pairs, of which no row alone tells. */
  encodePrediction(logits: Float32Array): readonly number[];
  /** Raw labels → [B] int32 numbers (classes, pairs) or [B, C] float32; an undefined label gives 0 or zeros. */
  collateTargets(targets: readonly (TTarget | undefined)[]): Tensor;
  /** One row of logits → probabilities or values, of length C. */
  scores(logits: Float32Array): Float32Array;
  /** One row of logits → prediction. */
  decode(logits: Float32Array): TPrediction;
}

/** A loss computed stably from logits. */
export interface Loss {
  readonly targetKind: TargetKind;
  /**
   * Loss of each sample [B] and the weight [B] it counts with: the batch's loss is sum(perSample · present) /
   * sum(weight · present).
   * @param present - [B]: 1 where the sample counts, for losses that compare samples with each other; all if left out
   */
  terms(
    logits: Tensor2D,
    targets: Tensor,
    present?: Tensor1D,
  ): { readonly perSample: Tensor1D; readonly weight: Tensor1D };
}

/** What a loss may know of the training data when it is built (for `auto` weights). */
export interface TargetStatistics {
  readonly numSamples: number;
  /** How often each output occurs, of length C. Empty when unknown. */
  readonly counts: readonly number[];
}

/** The outcome of evaluating one head over n samples; a sample without a label is left out. */
export interface EvaluationTable {
  readonly targetKind: TargetKind;
  readonly labels: readonly string[];
  readonly numSamples: number;
  /** [n, C] row-major. */
  readonly logits: Float32Array;
  /** [n, C] probabilities or values. */
  readonly scores: Float32Array;
  /** class-index and pair: [n]; otherwise [n, C]. */
  readonly targets: Int32Array | Float32Array | Float64Array;
  /** class-index: [n] argmax; multi-hot: [n, C] of 0 and 1; real: [n, C] values; pair: empty. */
  readonly predictions: Int32Array | Float32Array | Float64Array;
}

/** A figure computed from an evaluation. Not differentiable. */
export interface Metric {
  readonly targetKinds: readonly TargetKind[];
  readonly greaterIsBetter: boolean;
  /** The figure; NaN where it is undefined for these samples. */
  compute(table: EvaluationTable): number;
}
