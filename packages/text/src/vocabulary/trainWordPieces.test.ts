import { describe, expect, it } from 'vitest';
import { specialTokens } from './specialTokens.js';
import { trainWordPieces, type TrainingLimits } from './trainWordPieces.js';

const learn = (counts: Record<string, number>, limits: Partial<TrainingLimits> = {}): string[] => {
  const all = { vocabSize: 100, minimumFrequency: 1, ...limits };
  const pieces = trainWordPieces(new Map(Object.entries(counts)), all);
  expect(pieces.length).toBeLessThanOrEqual(all.vocabSize);
  expect(pieces.slice(0, 5)).toEqual([...specialTokens]);
  return pieces.slice(5);
};

describe('trainWordPieces', () => {
  // The example of Sennrich et al. 2016, section 3.2.
  const paper = { low: 5, lower: 2, newest: 6, widest: 3 };

  it('merges the most frequent neighbours, as worked out by hand', () => {
    // Five special tokens and eleven characters leave room for ten merges of 26 entries: ##e ##s (9), ##es ##t (9),
    // ##o ##w (7, before l ##o, since ##o sorts before l), l ##ow (7), ##e ##w (6), n ##ew (6), new ##est (6),
    // ##d ##est (3), ##i ##dest (3), w ##idest (3). Cut again: low | low ##e ##r | newest | widest.
    expect(learn(paper, { vocabSize: 26 })).toEqual(['low', 'newest', 'widest', '##e', '##r']);
  });

  it('takes at most half of its room for characters; words with rarer ones are left out', () => {
    // Room for 20: ten of the eleven characters, without ##r.
    expect(learn(paper, { vocabSize: 25 })).toEqual(['newest', 'low', 'widest']);
  });

  it('goes on until every word is one piece where there is room', () => {
    expect(learn(paper)).toEqual(['newest', 'low', 'widest', 'lower']);
  });

  it('keeps apart what is seen together too rarely', () => {
    // widest (3) stays w ##i ##d ##est, lower (2) low ##e ##r.
    expect(learn(paper, { minimumFrequency: 4 })).toEqual([
      ...['low', 'newest'],
      ...['##d', '##est', '##i', 'w'],
      ...['##e', '##r'],
    ]);
  });

  it('gives the same pieces in whatever order the words come', () => {
    const words = Object.entries({ ...paper, slow: 2, slowest: 2, new: 6, wide: 3 });
    const orders = [words, [...words].reverse(), [...words.slice(3), ...words.slice(0, 3)]];
    const [first, ...others] = orders.map((order) => learn(Object.fromEntries(order), { vocabSize: 30 }));
    for (const other of others) expect(other).toEqual(first);
  });

  it('merges of equally frequent pairs the one of older pieces first', () => {
    // a ##b ##a ##b ##a ##b, with room for two merges: ##a ##b (2, before ##b ##a, also 2), ##b ##ab (1).
    expect(learn({ ababab: 1 }, { vocabSize: 10 })).toEqual(['##ab', '##bab', 'a']);
  });

  it('merges a run of one character from the start on', () => {
    // a ##a ##a ##a ##a: ##a ##a stands in it three times.
    expect(learn({ aaaaa: 1 }, { vocabSize: 8 })).toEqual(['##aa', 'a']);
  });

  it('takes characters beyond the basic plane whole', () => {
    expect(learn({ '😀😀': 2, '😀': 1 })).toEqual(['😀😀', '😀']);
  });

  it('leaves out words that are too long for BERT, which counts characters', () => {
    expect(learn({ ['a'.repeat(101)]: 9, b: 1 })).toEqual(['b']);
    expect(learn({ ['😀'.repeat(100)]: 1 })).toEqual(['😀'.repeat(100)]);
  });

  it('gives the special tokens alone when there are no words', () => {
    expect(learn({})).toEqual([]);
  });
});
