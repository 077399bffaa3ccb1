import { DataError } from '@tessera/core';
import { describe, expect, it } from 'vitest';
import { previewText } from './previewText.js';
import { isText, requirePair, requireSentences, requireText, sentencesOf, type RawText } from './rawText.js';

const neither: readonly unknown[] = [undefined, null, 3, ['one'], ['a', 'b', 'c'], ['a', 2], { first: 'a' }, {}];

describe('a raw text', () => {
  it('is a string, an empty one too', () => {
    for (const text of ['', 'a cat']) {
      expect([isText(text), requireText(text), requireSentences(text)]).toEqual([true, text, [text]]);
    }
  });

  it('is a pair, as a list or by name', () => {
    const pairs: readonly RawText[] = [['a', ''], { first: 'a', second: '' }];
    for (const pair of pairs) {
      expect([isText(pair), requirePair(pair), requireSentences(pair), sentencesOf(pair)]).toEqual([
        true,
        ...[
          ['a', ''],
          ['a', ''],
          ['a', ''],
        ],
      ]);
    }
  });

  it('is nothing else, and the message shows what was given', () => {
    for (const value of neither) {
      expect(isText(value)).toBe(false);
      for (const require of [requireText, requirePair, requireSentences])
        expect(() => require(value)).toThrow(DataError);
    }
    expect(() => requireText(3)).toThrow('Text: must be a string, got 3. Give text, or leave the modality out.');
    expect(() => requirePair(['a'])).toThrow(/must be a pair of strings, got \["a"\]\. Give \{ "first"/);
  });

  it('is one text or a pair, as the spec says', () => {
    expect(() => requireText(['a', 'b'])).toThrow(/must be one text, got the pair \["a","b"\]\. Say `pairs: true`/);
    expect(() => requirePair('a')).toThrow('must be a pair of strings, got "a"');
  });

  it('shows as it is, a pair as two lines', () => {
    expect(previewText('a\tb')).toEqual({ kind: 'text', text: 'a\tb' });
    expect(previewText({ first: 'a', second: 'b' })).toEqual({ kind: 'text', text: 'a\nb' });
  });
});
