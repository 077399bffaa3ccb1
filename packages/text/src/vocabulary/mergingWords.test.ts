import { RandomSource } from '@tessera/core';
import { describe, expect, it } from 'vitest';
import { MergingWords } from './mergingWords.js';

type Words = readonly (readonly [pieces: readonly string[], count: number])[];

const alphabet = ['##a', '##b', '##c', 'a', 'b', 'c'];

/** Words of up to nine of three letters, in which pairs meet, overlap and run out. */
function randomWords(seed: string): Words {
  const random = new RandomSource(seed);
  return Array.from({ length: 40 }, () => {
    const letters = Array.from(
      { length: 1 + random.integer(9) },
      (_, i) => alphabet[random.integer(3) + (i === 0 ? 3 : 0)] ?? '',
    );
    return [letters, 1 + random.integer(20)] as const;
  });
}

/** Sennrich et al. 2016, algorithm 1, word for word: all pairs are counted anew before every merge. */
function mergeByCountingAnew(words: Words, atLeast: number): string[] {
  const pieces = [...alphabet];
  let current = words.map(([parts, count]) => ({ parts: [...parts], count }));
  for (;;) {
    const counts = new Map<string, number>();
    for (const { parts, count } of current) {
      parts.slice(1).forEach((right, i) => {
        const pair = `${parts[i] ?? ''} ${right}`;
        counts.set(pair, (counts.get(pair) ?? 0) + count);
      });
    }
    const age = (pair: string): number => {
      const [left = '', right = ''] = pair.split(' ');
      return pieces.indexOf(left) * 1000 + pieces.indexOf(right);
    };
    const [best] = [...counts].sort(([a, m], [b, n]) => n - m || age(a) - age(b));
    if (!best || best[1] < atLeast) return pieces;
    const [left = '', right = ''] = best[0].split(' ');
    const merged = left + right.slice(2);
    if (!pieces.includes(merged)) pieces.push(merged);
    current = current.map(({ parts, count }) => {
      const joined: string[] = [];
      for (let i = 0; i < parts.length; i++) {
        const meets = parts[i] === left && parts[i + 1] === right;
        joined.push(meets ? merged : (parts[i] ?? ''));
        if (meets) i += 1;
      }
      return { parts: joined, count };
    });
  }
}

describe('MergingWords', () => {
  it.each([1, 5, 30])('merges as if all pairs were counted before each merge, down to %i', (atLeast) => {
    for (const seed of ['one', 'two', 'three', 'four', 'five']) {
      const words = randomWords(seed);
      const merging = new MergingWords(words, alphabet);
      while (merging.mergeNext(atLeast));
      const expected = mergeByCountingAnew(words, atLeast);
      expect(merging.pieces).toEqual(expected);
      expect(expected.length).toBeGreaterThan(alphabet.length + 5);
    }
  });
});
