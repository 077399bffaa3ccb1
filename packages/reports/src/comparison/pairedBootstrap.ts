import { RandomSource } from '@tessera/core';

/** The difference between two models on the same samples. */
export interface PairedDifference {
  /** Mean of a − b over the samples. */
  readonly difference: number;
  /** 95 % percentile interval. */
  readonly interval: readonly [low: number, high: number];
  /** Whether the interval leaves out 0. */
  readonly beyondChance: boolean;
  readonly resamples: number;
}

/**
 * Paired bootstrap over samples (Efron & Tibshirani 1993, percentile interval): resamples the samples with both models'
 * scores together.
 * @param a - score of each sample under one model, mean over seeds
 * @param b - the same samples under the other
 * @throws RangeError when the lengths differ or are 0
 */
export function pairedBootstrap(
  a: readonly number[],
  b: readonly number[],
  { resamples = 10_000, seed = 1 }: { readonly resamples?: number; readonly seed?: number } = {},
): PairedDifference {
  const count = a.length;
  if (count === 0 || b.length !== count) {
    throw new RangeError(
      `pairedBootstrap: both models need the same samples, got ${count} and ${b.length}. Evaluate them on one split.`,
    );
  }
  const differences = Float64Array.from(a, (value, i) => value - (b[i] ?? 0));
  const mean = differences.reduce((sum, value) => sum + value, 0) / count;
  const random = new RandomSource(seed);
  const means = Float64Array.from({ length: resamples }, () => {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += differences[random.integer(count)] ?? 0;
    return sum / count;
  }).sort();
  const tail = Math.floor(0.025 * resamples); // resamples left out on either side
  const interval = [means[tail] ?? mean, means[resamples - 1 - tail] ?? mean] as const;
  return { difference: mean, interval, beyondChance: interval[0] > 0 || interval[1] < 0, resamples };
}
