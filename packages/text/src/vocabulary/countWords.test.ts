import { describe, expect, it } from 'vitest';
import { wordSplitter } from '../tokenizer/wordSplitter.js';
import { byFrequency, countWords } from './countWords.js';

describe('countWords', () => {
  it('counts the words of texts and of both sentences of pairs', () => {
    const values = ['A cat, a dog', ['a cat', 'CAT'], { first: 'dog', second: '' }];
    expect([...countWords(values, wordSplitter(true))]).toEqual([
      ['a', 3],
      ['cat', 3],
      [',', 1],
      ['dog', 2],
    ]);
  });

  it('passes over what is no text', () => {
    expect(countWords([undefined, null, 3, ['one'], { first: 'a' }, ['a', 'b', 'c']], wordSplitter(true)).size).toBe(0);
  });

  it('sorts by count, then by code units', () => {
    const counts = new Map(Object.entries({ b: 1, é: 2, a: 1, z: 2 }));
    expect([...counts].sort(byFrequency).map(([word]) => word)).toEqual(['z', 'é', 'a', 'b']);
  });
});
