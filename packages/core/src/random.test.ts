import { describe, expect, it } from 'vitest';
import { hashText, RandomSource } from './index.js';

const draw = (source: RandomSource, count: number): number[] => Array.from({ length: count }, () => source.uint32());

describe('hashText', () => {
  // Test vectors of FNV-1a, 32 bits (draft-eastlake-fnv, appendix).
  it.each([
    ['', 0x811c9dc5],
    ['a', 0xe40c292c],
    ['foobar', 0xbf9cf968],
  ])('hashes %j as FNV-1a does', (text, expected) => {
    expect(hashText(text)).toBe(expected);
  });
});

describe('RandomSource', () => {
  it('follows sfc32', () => {
    const source = new RandomSource(1);
    source.restore([1, 2, 3, 4]);
    // By hand: 1+2+4 = 7; then a = 2^(2>>>9) = 2, b = 3+(3<<3) = 27, c = rotl(3, 21)+7 = 6291463, counter = 5.
    expect(source.uint32()).toBe(7);
    expect(source.state).toEqual([2, 27, 6291463, 5]);
    expect(source.uint32()).toBe(2 + 27 + 5);
  });

  it('repeats itself from a seed, a number or text', () => {
    expect(draw(new RandomSource(7), 5)).toEqual(draw(new RandomSource(7), 5));
    expect(draw(new RandomSource('7:path'), 5)).toEqual(draw(new RandomSource('7:path'), 5));
    expect(draw(new RandomSource(7), 5)).not.toEqual(draw(new RandomSource(8), 5));
  });

  it('goes on from a saved state', () => {
    const source = new RandomSource(3);
    draw(source, 10);
    const { state } = source;
    const expected = [draw(source, 5), source.normal(), source.shuffled([1, 2, 3, 4, 5])];
    const other = new RandomSource(99);
    other.restore(JSON.parse(JSON.stringify(state)));
    expect([draw(other, 5), other.normal(), other.shuffled([1, 2, 3, 4, 5])]).toEqual(expected);
  });

  it('draws uniform numbers in [0, 1)', () => {
    const source = new RandomSource(5);
    const values = Array.from({ length: 20_000 }, () => source.uniform());
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values)).toBeLessThan(1);
    // Standard error of the mean: 0.289 / sqrt(20000) = 0.002; five of them.
    expect(Math.abs(values.reduce((total, value) => total + value, 0) / values.length - 0.5)).toBeLessThan(0.01);
  });

  it('draws normal numbers with mean 0 and variance 1', () => {
    const source = new RandomSource(6);
    const values = Array.from({ length: 20_000 }, () => source.normal());
    const mean = values.reduce((total, value) => total + value, 0) / values.length;
    const variance = values.reduce((total, value) => total + (value - mean) ** 2, 0) / values.length;
    expect(Math.abs(mean)).toBeLessThan(0.035); // 5 / sqrt(20000)
    expect(Math.abs(variance - 1)).toBeLessThan(0.05); // 5 · sqrt(2 / 20000)
  });

  it('draws each integer below a bound about equally often', () => {
    const source = new RandomSource(8);
    const counts = [0, 0, 0, 0, 0];
    for (let i = 0; i < 10_000; i++) counts[source.integer(5)] = (counts[source.integer(5)] ?? 0) + 1;
    for (const count of counts) expect(Math.abs(count - 2000)).toBeLessThan(400);
  });

  it('shuffles a copy', () => {
    const items = Array.from({ length: 50 }, (_, i) => i);
    const shuffled = new RandomSource(9).shuffled(items);
    expect(shuffled).not.toEqual(items);
    expect([...shuffled].sort((a, b) => a - b)).toEqual(items);
    expect(items[0]).toBe(0);
  });
});
