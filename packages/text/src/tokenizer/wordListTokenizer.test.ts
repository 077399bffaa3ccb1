import { describe, expect, it } from 'vitest';
import { WordListTokenizer, withSpecialWords, type WordBoundaries } from './wordListTokenizer.js';

const words = ['[PAD]', '[UNK]', 'cat', 'dog', 'cat,', ',', 'été'];
const open = (boundaries: WordBoundaries, lowercase?: boolean, list: readonly string[] = words): WordListTokenizer =>
  new WordListTokenizer(list, { boundaries, lowercase });

describe('WordListTokenizer', () => {
  it('splits at white space alone, keeping punctuation and accents', () => {
    const tokenizer = open('whitespace');
    expect(tokenizer.encode('Cat, dog\t\ncat\u3000Été', 10)).toEqual([4, 3, 2, 6]);
  });

  it('splits at punctuation too, as BERT does', () => {
    expect(open('words').encode('Cat, dog', 10)).toEqual([2, 5, 3]);
  });

  it('gives the unknown for other words, and keeps case when told so', () => {
    expect(open('whitespace').encode('cow cat', 10)).toEqual([1, 2]);
    expect(open('whitespace', false).encode('Cat cat', 10)).toEqual([1, 2]);
  });

  it('keeps case where the list has upper-case words', () => {
    const cased = withSpecialWords(['Cat', 'cat']);
    expect(open('whitespace', undefined, cased).encode('Cat cat CAT', 10)).toEqual([2, 3, 1]);
  });

  it('counts no more words than asked for', () => {
    expect(open('words').encode('cat dog cat', 2)).toEqual([2, 3]);
    expect(open('words').encode('', 2)).toEqual([]);
  });

  it('names its entries, and finds the special ones where they stand', () => {
    const tokenizer = open('words', undefined, ['cat', '[UNK]', '[PAD]']);
    expect([tokenizer.size, tokenizer.padId, tokenizer.unknownId]).toEqual([3, 2, 1]);
    expect([tokenizer.piece(0), tokenizer.piece(7)]).toEqual(['cat', '[UNK]']);
  });
});

describe('withSpecialWords', () => {
  it('puts in front what is missing', () => {
    expect(withSpecialWords(['cat'])).toEqual(['[PAD]', '[UNK]', 'cat']);
    expect(withSpecialWords(['cat', '[PAD]'])).toEqual(['[UNK]', 'cat', '[PAD]']);
    expect(withSpecialWords(words)).toEqual(words);
  });
});
