// Evaluations made by hand, for tests.
import type { EvaluationTable } from '@tessera/core';

/** Of a single-label head: true and predicted class of each sample, sure of its prediction by `probability`. */
export function classTable(
  labels: readonly string[],
  pairs: readonly (readonly [truth: number, predicted: number])[],
  probability = 0.7,
): EvaluationTable {
  const rest = (1 - probability) / Math.max(1, labels.length - 1);
  const scores = pairs.flatMap(([, predicted]) => labels.map((_, c) => (c === predicted ? probability : rest)));
  return {
    targetKind: 'class-index',
    labels,
    numSamples: pairs.length,
    logits: Float32Array.from(scores, Math.log),
    scores: Float32Array.from(scores),
    targets: Int32Array.from(pairs, ([truth]) => truth),
    predictions: Int32Array.from(pairs, ([, predicted]) => predicted),
  };
}

/** Of a multi-label head: 0/1 rows of truth and probabilities; predicted above 0.5. */
export function labelSetTable(
  labels: readonly string[],
  rows: readonly { readonly truth: readonly number[]; readonly scores: readonly number[] }[],
): EvaluationTable {
  const scores = rows.flatMap((row) => row.scores);
  return {
    targetKind: 'multi-hot',
    labels,
    numSamples: rows.length,
    logits: Float32Array.from(scores, (score) => Math.log(score / (1 - score))),
    scores: Float32Array.from(scores),
    targets: Float32Array.from(rows.flatMap(({ truth }) => truth)),
    predictions: Float32Array.from(scores, (score) => Number(score > 0.5)),
  };
}

/** Of a regression head: true and predicted values of each sample. */
export function valueTable(
  labels: readonly string[],
  rows: readonly { readonly truth: readonly number[]; readonly predicted: readonly number[] }[],
): EvaluationTable {
  const predictions = Float32Array.from(rows.flatMap(({ predicted }) => predicted));
  return {
    targetKind: 'real',
    labels,
    numSamples: rows.length,
    logits: predictions,
    scores: predictions,
    targets: Float32Array.from(rows.flatMap(({ truth }) => truth)),
    predictions,
  };
}
