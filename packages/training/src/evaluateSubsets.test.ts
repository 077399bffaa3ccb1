import { describe, expect, it } from 'vitest';
import { modalitySubsets } from './evaluateSubsets.js';

describe('the subsets of modalities', () => {
  it('are all but the empty one, the largest first, in declared order', () => {
    expect(modalitySubsets(['image', 'text'])).toEqual([['image', 'text'], ['image'], ['text']]);
    expect(modalitySubsets(['a', 'b', 'c', 'd'])).toHaveLength(15);
    expect(modalitySubsets(['c', 'a', 'b']).slice(0, 4)).toEqual([
      ['c', 'a', 'b'],
      ['c', 'a'],
      ['c', 'b'],
      ['a', 'b'],
    ]);
  });
});
