import { describe, expect, it } from 'vitest';
import { pairedBootstrap } from './pairedBootstrap.js';

const repeat = (pattern: readonly number[], times: number): number[] =>
  Array.from({ length: times }, () => pattern).flat();

/** The smallest k at which the binomial distribution function of n draws with probability p exceeds a share. */
function binomialQuantile(n: number, p: number, share: number): number {
  let [probability, below] = [(1 - p) ** n, 0];
  for (let k = 0; ; k++) {
    below += probability;
    if (below > share) return k;
    probability *= ((n - k) / (k + 1)) * (p / (1 - p));
  }
}

describe('pairedBootstrap', () => {
  it.each([
    [20, 12],
    [40, 6],
    [9, 5],
  ])('gives the quantiles of the binomial distribution for %i samples of which %i differ', (n, k) => {
    // Each resample counts how often one of the k differing samples is drawn in n draws: Binomial(n, k/n).
    const better = Array.from({ length: n }, (_, i) => Number(i < k));
    const { difference, interval } = pairedBootstrap(better, repeat([0], n), { resamples: 20_000 });
    expect(difference).toBeCloseTo(k / n, 12);
    expect(Math.round(interval[0] * n)).toBe(binomialQuantile(n, k / n, 0.025));
    expect(Math.round(interval[1] * n)).toBe(binomialQuantile(n, k / n, 0.975));
  });

  it('depends on the differences alone and turns its sign with the order of the models', () => {
    const [a, b] = [repeat([1, 0.5, 0, 1], 10), repeat([0, 0.5, 1, 0], 10)];
    const one = pairedBootstrap(a, b);
    const other = pairedBootstrap(b, a);
    expect(other.difference).toBeCloseTo(-one.difference, 12);
    expect(other.interval[0]).toBeCloseTo(-one.interval[1], 12);
    expect(other.interval[1]).toBeCloseTo(-one.interval[0], 12);
  });

  it('uses that samples are paired: equal models differ by nothing, however their samples vary', () => {
    const scores = repeat([1, 0, 1, 1, 0], 20);
    expect(pairedBootstrap(scores, scores)).toMatchObject({ difference: 0, interval: [0, 0], beyondChance: false });
  });

  it('finds a clear lead beyond chance, on either side, and a tie not', () => {
    const [good, bad] = [repeat([1, 1, 1, 0], 50), repeat([1, 0, 0, 0], 50)];
    expect(pairedBootstrap(good, bad).beyondChance).toBe(true);
    expect(pairedBootstrap(bad, good).beyondChance).toBe(true);
    expect(pairedBootstrap(repeat([1, 0], 50), repeat([0, 1], 50)).beyondChance).toBe(false);
  });

  it('repeats for a seed and resamples otherwise for another', () => {
    const [a, b] = [
      Array.from({ length: 60 }, (_, i) => Math.sin(i)),
      Array.from({ length: 60 }, (_, i) => Math.cos(3 * i)),
    ];
    expect(pairedBootstrap(a, b, { seed: 3 })).toEqual(pairedBootstrap(a, b, { seed: 3 }));
    expect(pairedBootstrap(a, b, { seed: 3 }).interval).not.toEqual(pairedBootstrap(a, b, { seed: 4 }).interval);
  });

  it('refuses unpaired samples and none', () => {
    expect(() => pairedBootstrap([1], [1, 0])).toThrow(/both models need the same samples, got 1 and 2/);
    expect(() => pairedBootstrap([], [])).toThrow(RangeError);
  });
});
