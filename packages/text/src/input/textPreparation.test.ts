import { DataError, SpecError } from '@tessera/core';
import { describe, expect, it } from 'vitest';
import { specialTokens } from '../vocabulary/specialTokens.js';
import { WordPieceTokenizer } from '../tokenizer/wordPieceTokenizer.js';
import { TextPreparation, type TextLayout } from './textPreparation.js';

const tokenizer = WordPieceTokenizer.open(
  { 'vocab.txt': [...specialTokens, 'a', 'b', 'c', 'd', 'e', 'f', '##g'].join('\n') },
  { path: 'modalities.text' },
);

const bert: TextLayout = { maxTokens: 6, pairs: false, startsWith: 'cls', endsWithSep: true };
const mmbt: TextLayout = { maxTokens: 6, pairs: false, startsWith: 'words', endsWithSep: false };

const make = (layout: TextLayout): TextPreparation => new TextPreparation(tokenizer, layout, 'modalities.text');

/** Tokens of a text, separated by spaces, and the sentences they belong to. */
const laidOut = (layout: TextLayout, raw: unknown): readonly [tokens: string, parts?: readonly number[]] => {
  const preparation = make(layout);
  const prepared = preparation.prepare(raw);
  const tokens = preparation.describe(prepared).map((token) => ('text' in token ? token.text : token.kind));
  return prepared.parts ? [tokens.join(' '), [...prepared.parts]] : [tokens.join(' ')];
};

describe('one text', () => {
  it('stands between [CLS] and [SEP] for BERT, alone for MMBT', () => {
    expect(laidOut(bert, 'A bg')).toEqual(['[CLS] a b ##g [SEP]']);
    expect(laidOut({ ...bert, endsWithSep: false }, 'A bg')).toEqual(['[CLS] a b ##g']);
    expect(laidOut(mmbt, 'A bg')).toEqual(['a b ##g']);
  });

  it('is cut to maxTokens, its special tokens included', () => {
    expect(laidOut(bert, 'a b c d e f')).toEqual(['[CLS] a b c d [SEP]']);
    expect(laidOut({ ...bert, endsWithSep: false }, 'a b c d e f')).toEqual(['[CLS] a b c d e']);
    expect(laidOut({ ...mmbt, maxTokens: 1 }, 'a b c')).toEqual(['a']);
  });

  it('may be empty: its special tokens remain, or nothing', () => {
    expect(laidOut(bert, '')).toEqual(['[CLS] [SEP]']);
    expect(laidOut(mmbt, ' \n')).toEqual(['']);
  });

  it('must be a string', () => {
    for (const raw of [3, ['a', 'b']]) {
      expect(() => make(bert).check(raw)).toThrow(DataError);
      expect(() => make(bert).prepare(raw)).toThrow(DataError);
    }
    expect(() => make(bert).check('a')).not.toThrow();
  });
});

describe('a pair', () => {
  const pairs = { ...mmbt, pairs: true };

  it('has a [SEP] after each sentence, which belongs to it; [CLS] belongs to the first', () => {
    expect(laidOut({ ...bert, pairs: true }, ['a', 'b c'])).toEqual(['[CLS] a [SEP] b c [SEP]', [0, 0, 0, 1, 1, 1]]);
    expect(laidOut(pairs, { first: 'a', second: 'b c' })).toEqual(['a [SEP] b c [SEP]', [0, 0, 1, 1, 1]]);
  });

  it('ends with [SEP] even where a single text does not', () => {
    expect(laidOut({ ...bert, pairs: true, endsWithSep: false }, ['a', 'b'])[0]).toBe('[CLS] a [SEP] b [SEP]');
  });

  it('loses the end of its longer sentence first', () => {
    expect(laidOut(pairs, ['a b c d e', 'f'])).toEqual(['a b c [SEP] f [SEP]', [0, 0, 0, 0, 1, 1]]);
    expect(laidOut(pairs, ['a', 'b c d e f'])).toEqual(['a [SEP] b c d [SEP]', [0, 0, 1, 1, 1, 1]]);
    expect(laidOut({ ...bert, pairs: true }, ['a b c', 'd e f'])[0]).toBe('[CLS] a b [SEP] d [SEP]');
  });

  it('may have empty sentences', () => {
    expect(laidOut(pairs, ['', 'a'])).toEqual(['[SEP] a [SEP]', [0, 1, 1]]);
    expect(laidOut(pairs, ['', ''])).toEqual(['[SEP] [SEP]', [0, 1]]);
  });

  it('must be two strings', () => {
    for (const raw of ['a', ['a'], ['a', 'b', 'c']]) expect(() => make(pairs).check(raw)).toThrow(DataError);
  });
});

describe('maxTokens', () => {
  const least: readonly (readonly [layout: TextLayout, least: number])[] = [
    [mmbt, 1],
    [bert, 3],
    [{ ...bert, endsWithSep: false }, 2],
    [{ ...mmbt, pairs: true }, 4],
    [{ ...bert, pairs: true }, 5],
  ];
  it.each(least)('must leave room for a word: %o', (layout, needed) => {
    expect(() => make({ ...layout, maxTokens: needed })).not.toThrow();
    if (needed === 1) return;
    expect(() => make({ ...layout, maxTokens: needed - 1 })).toThrow(SpecError);
    expect(() => make({ ...layout, maxTokens: needed - 1 })).toThrow(
      `modalities.text.maxTokens: must leave room for words beside the special tokens, got maxTokens=${needed - 1}. Use ${needed} or more.`,
    );
  });
});
