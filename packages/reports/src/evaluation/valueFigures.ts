import type { EvaluationTable } from '@tessera/core';

/** Errors of one regressed value. */
export interface ValueFigures {
  readonly label: string;
  readonly meanAbsoluteError: number;
  readonly rootMeanSquaredError: number;
  /** Coefficient of determination; NaN when all targets are equal. */
  readonly r2: number;
}

/** Targets and predictions of one output, in the order of the samples. */
export function valuePairs(
  { labels, targets, predictions, numSamples }: EvaluationTable,
  output: number,
): { readonly target: number; readonly predicted: number }[] {
  const width = labels.length;
  return Array.from({ length: numSamples }, (_, i) => ({
    target: targets[i * width + output] ?? NaN,
    predicted: predictions[i * width + output] ?? NaN,
  }));
}

/** Errors of each regressed value; none for classes. */
export function valueFigures(table: EvaluationTable): ValueFigures[] {
  if (table.targetKind !== 'real') return [];
  return table.labels.map((label, c) => {
    const pairs = valuePairs(table, c);
    const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    const centre = mean(pairs.map(({ target }) => target));
    const squaredError = mean(pairs.map(({ target, predicted }) => (target - predicted) ** 2));
    const variance = mean(pairs.map(({ target }) => (target - centre) ** 2));
    return {
      label,
      meanAbsoluteError: mean(pairs.map(({ target, predicted }) => Math.abs(target - predicted))),
      rootMeanSquaredError: Math.sqrt(squaredError),
      r2: variance > 0 ? 1 - squaredError / variance : NaN,
    };
  });
}
