// What a head said of one sample, in words. C outputs.
import type { EvaluationTable, TargetKind } from '@tessera/core';
import { formatFigure } from '../format.js';

/** What a head said of one sample, as numbers. Encoded as a head encodes targets: [class], a 0/1 row or C values. */
export interface HeadOutput {
  readonly targetKind: TargetKind;
  readonly labels: readonly string[];
  /** C probabilities or values. */
  readonly scores: ArrayLike<number>;
  readonly prediction: ArrayLike<number>;
  /** Left out for a sample without a label. */
  readonly target?: ArrayLike<number>;
}

/** A label with its probability. */
export interface LabelProbability {
  readonly label: string;
  readonly probability: number;
  /** Whether it is a true one; undefined where that is not known. */
  readonly isTrue?: boolean;
}

/** What a head said of one sample, in words. */
export interface Outcome {
  readonly predicted: string;
  readonly truth?: string;
  /** Undefined for real values and where the truth is not known. */
  readonly correct?: boolean;
  /** The most likely labels, most likely first, and the true ones behind them; empty for real values. */
  readonly probabilities: readonly LabelProbability[];
}

/** One sample of an evaluation. */
export function outputOf(
  { targetKind, labels, scores, predictions, targets }: EvaluationTable,
  row: number,
): HeadOutput & { readonly target: ArrayLike<number> } {
  const width = labels.length;
  const encoded = targetKind === 'class-index' || targetKind === 'pair' ? 1 : width;
  return {
    targetKind,
    labels,
    scores: scores.subarray(row * width, (row + 1) * width),
    prediction: predictions.subarray(row * encoded, (row + 1) * encoded),
    target: targets.subarray(row * encoded, (row + 1) * encoded),
  };
}

/** Says what a head's output means. `limit`: how many of the most likely labels are listed. */
export function outcomeOf(output: HeadOutput, limit = 4): Outcome {
  const correct = isCorrect(output);
  return {
    predicted: inWords(output, output.prediction),
    ...(output.target && { truth: inWords(output, output.target) }),
    ...(correct !== undefined && { correct }),
    probabilities: hasClasses(output) ? probabilitiesOf(output, limit) : [],
  };
}

const hasClasses = ({ targetKind }: HeadOutput): boolean => targetKind === 'class-index' || targetKind === 'multi-hot';

/** Whether all labels are right; undefined for pairs, real values and where the truth is not known. */
export function isCorrect(output: HeadOutput): boolean | undefined {
  const { prediction, target } = output;
  if (!target || !hasClasses(output)) return undefined;
  return Array.from(prediction).every((value, i) => value === target[i]);
}

function probabilitiesOf({ targetKind, labels, scores, target }: HeadOutput, limit: number): LabelProbability[] {
  const isTrue = (c: number): boolean => (targetKind === 'class-index' ? target?.[0] === c : (target?.[c] ?? 0) > 0.5);
  const all = labels.map((label, c) => ({
    label,
    probability: scores[c] ?? NaN,
    ...(target && { isTrue: isTrue(c) }),
  }));
  all.sort((a, b) => orLeast(b.probability) - orLeast(a.probability));
  return all.filter((entry, rank) => rank < limit || entry.isTrue);
}

const orLeast = (value: number): number => (Number.isNaN(value) ? -1 : value);

function inWords({ targetKind, labels }: HeadOutput, encoded: ArrayLike<number>): string {
  switch (targetKind) {
    case 'class-index':
      return labels[encoded[0] ?? -1] ?? 'none';
    case 'multi-hot':
      return labels.filter((_, c) => (encoded[c] ?? 0) > 0.5).join(', ') || 'none';
    case 'pair':
      return 'a place in the common space';
    case 'real':
      return labels.length === 1
        ? formatFigure(encoded[0])
        : labels.map((label, c) => `${label} ${formatFigure(encoded[c])}`).join(', ');
  }
}
