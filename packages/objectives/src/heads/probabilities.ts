// One row of logits → probabilities, in float64.

/** exp(x_c) / Σ exp(x), finite for any finite logits. */
export function softmaxOf(logits: Float32Array): number[] {
  const largest = logits.reduce((a, b) => Math.max(a, b), -Infinity);
  const powers = Array.from(logits, (logit) => Math.exp(logit - largest));
  const total = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / total);
}

/** 1 / (1 + exp(-x)). */
export const sigmoidOf = (logit: number): number => 1 / (1 + Math.exp(-logit));

/** Index of the largest value, the first of equals, as numpy's argmax. */
export const argMaxOf = (values: ArrayLike<number>): number => {
  let best = 0;
  for (let i = 1; i < values.length; i++) if ((values[i] ?? NaN) > (values[best] ?? NaN)) best = i;
  return best;
};

/** A record from names to values. */
export const byName = (names: readonly string[], values: ArrayLike<number>): Readonly<Record<string, number>> =>
  Object.fromEntries(names.map((name, i) => [name, values[i] ?? NaN]));
