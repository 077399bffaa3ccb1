// The check that attributions follow a model's weights: Adebayo et al. 2018, Sanity checks for saliency maps.
import { tensor, tidy } from '@tensorflow/tfjs-core';
import { RandomSource, type Model } from '@tessera/core';

/** Draws the matrices of one part anew. */
export function drawAnew(model: Model, part: string, seed: number): void {
  const random = new RandomSource(`${part} ${seed}`);
  for (const { path, shape } of model.parameters.list('weight')) {
    if (!path.startsWith(part) || shape.length < 2) continue;
    const size = shape.reduce((product, length) => product * length, 1);
    const values = Array.from({ length: size }, () => 0.3 * random.normal());
    tidy(() => model.parameters.assign(path, tensor(values, [...shape])));
  }
}

/** Spearman's correlation of values without ties. */
export function rankCorrelation(a: readonly number[], b: readonly number[]): number {
  const ranks = (values: readonly number[]): number[] =>
    values.map((value) => values.filter((other) => other < value).length);
  const [x, y] = [ranks(a), ranks(b)];
  const squares = x.reduce((total, rank, i) => total + (rank - (y[i] ?? NaN)) ** 2, 0);
  return 1 - (6 * squares) / (a.length * (a.length ** 2 - 1));
}
