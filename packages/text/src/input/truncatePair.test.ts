import { describe, expect, it } from 'vitest';
import { truncatePair } from './truncatePair.js';

describe('truncatePair', () => {
  const long = [1, 2, 3, 4, 5, 6];
  const short = [7, 8];

  it('leaves alone what fits', () => {
    expect(truncatePair(long, short, 8)).toEqual([long, short]);
    expect(truncatePair([], [], 0)).toEqual([[], []]);
  });

  it('cuts the longer sentence first, from its end', () => {
    expect(truncatePair(long, short, 6)).toEqual([[1, 2, 3, 4], short]);
    expect(truncatePair(short, long, 6)).toEqual([short, [1, 2, 3, 4]]);
  });

  it('cuts both in turn once they are equal, the second first', () => {
    expect(truncatePair(long, short, 3)).toEqual([[1, 2], [7]]);
    expect(truncatePair(long, long, 7)).toEqual([
      [1, 2, 3, 4],
      [1, 2, 3],
    ]);
  });
});
