import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { hashAt, integersOf, parameterOf, seedOf, valuesOf } from './formula.js';
import { errorOf, samplePosition, type SummaryRecord } from './records.js';

interface FormulaFixture {
  vectors: { name: string; seed: number; hash: number[]; value_amplitude_1: number[]; hash_at_1000000: number }[];
  rules: (SummaryRecord & { name: string; residual_gamma: boolean; first: number[] })[];
  integers: { name: string; low: number; high: number; first: number[] };
  sample_positions_1_2_31_62_63_by_length: Record<string, number[]>;
}

const fixture = JSON.parse(
  readFileSync(new URL('../fixtures/formula.json', import.meta.url), 'utf8'),
) as FormulaFixture;

describe('the fixtures’ formula', () => {
  it.each(fixture.vectors)('gives the test vectors of $name', (vector) => {
    const seed = seedOf(vector.name);
    expect(seed).toBe(vector.seed);
    expect(vector.hash.map((_, i) => hashAt(seed, i))).toEqual(vector.hash);
    expect(hashAt(seed, 1_000_000)).toBe(vector.hash_at_1000000);
    const values = valuesOf(vector.name, [vector.hash.length], 1);
    values.forEach((value, i) => expect(value).toBeCloseTo(vector.value_amplitude_1[i] ?? NaN, 8));
  });

  it.each(fixture.rules)('gives parameter $name its rule', (rule) => {
    const values = parameterOf(rule.name, rule.shape, rule.residual_gamma ? { residualGammas: /./ } : {});
    expect(errorOf({ shape: rule.shape, values }, rule)).toBeLessThan(1e-6);
    rule.first.forEach((value, i) => expect(values[i]).toBeCloseTo(value, 8));
  });

  it('gives integers, and samples at the stated positions', () => {
    const { name, low, high, first } = fixture.integers;
    expect(Array.from(integersOf(name, [first.length], low, high))).toEqual(first);
    for (const [length, positions] of Object.entries(fixture.sample_positions_1_2_31_62_63_by_length)) {
      expect([1, 2, 31, 62, 63].map((k) => samplePosition(k, Number(length)))).toEqual(positions);
    }
  });
});
