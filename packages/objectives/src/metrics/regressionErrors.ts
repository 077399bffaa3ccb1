// Errors of real-valued predictions, each value counting alike: scikit-learn's multioutput="uniform_average". n samples,
// C values.
import { at, meanOver, type PredictionTable } from './tables.js';

/** Mean of f(target - prediction) over all samples and values. */
const meanError = (
  { labels, numSamples, targets, predictions }: PredictionTable,
  f: (error: number) => number,
): number => meanOver(numSamples * labels.length, (i) => f(at(targets, i) - at(predictions, i)));

/** Mean of squared errors; NaN without samples. Source: scikit-learn, `mean_squared_error`. */
export const meanSquaredError = (table: PredictionTable): number => meanError(table, (error) => error * error);

/** Mean of absolute errors; NaN without samples. Source: scikit-learn, `mean_absolute_error`. */
export const meanAbsoluteError = (table: PredictionTable): number => meanError(table, Math.abs);

/**
 * Coefficient of determination, 1 − Σ(y − ŷ)² / Σ(y − ȳ)². For a constant truth 1 when every prediction is right, else 0;
 * NaN with fewer than two samples. Source: scikit-learn, `r2_score`.
 */
export function r2Score({ labels, numSamples, targets, predictions }: PredictionTable): number {
  if (numSamples < 2) return NaN;
  const width = labels.length;
  return meanOver(width, (output) => {
    const truth = (i: number): number => at(targets, i * width + output);
    const mean = meanOver(numSamples, truth);
    const residual = meanOver(numSamples, (i) => (truth(i) - at(predictions, i * width + output)) ** 2);
    const variance = meanOver(numSamples, (i) => (truth(i) - mean) ** 2);
    if (variance === 0) return residual === 0 ? 1 : 0;
    return 1 - residual / variance;
  });
}
