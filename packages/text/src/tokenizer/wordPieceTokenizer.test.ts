// Expectations are those of google-research/bert (tokenization.py and its documentation); where Unicode tables of
// different age disagree, nothing is expected.
import { describe, expect, it } from 'vitest';
import { specialTokens } from '../vocabulary/specialTokens.js';
import { WordPieceTokenizer } from './wordPieceTokenizer.js';
import { wordSplitter } from './wordSplitter.js';

const open = (pieces: readonly string[], lowercase?: boolean): WordPieceTokenizer =>
  WordPieceTokenizer.open({ 'vocab.txt': [...specialTokens, ...pieces].join('\n') }, { path: 'text', lowercase });

const cut = (tokenizer: WordPieceTokenizer, text: string, limit = 10_000): string[] =>
  tokenizer.encode(text, limit).map((id) => tokenizer.piece(id));

describe('words, as BERT sees them', () => {
  const lower = wordSplitter(true);
  const cased = wordSplitter(false);

  const cases: Readonly<Record<string, readonly [text: string, words: readonly string[]]>> = {
    'lower-cases and splits at white space of any kind': [
      ' \tHeLLo!how  \n Are\r\nyoU?\u00A0me\u3000us\u2003it ',
      ['hello', '!', 'how', 'are', 'you', '?', 'me', 'us', 'it'],
    ],
    'takes accents off, composed or not': ['H\u00E9llo He\u0301llo Åß İI', ['hello', 'hello', 'aß', 'ii']],
    'sets punctuation apart, and ASCII symbols with it': [
      "don't $5-[a_b]^`~ “so” … ¿qué?",
      "don ' t $ 5 - [ a _ b ] ^ ` ~ “ so ” … ¿ que ?".split(' '),
    ],
    'keeps symbols beyond ASCII in words': ['5€ a²', ['5€', 'a²']],
    'drops control characters, format characters and U+FFFD': [
      'a\u0000b\u0007c\u007F d\u200B\u200De\uFEFF\uFFFDf\u00AD',
      ['abc', 'def'],
    ],
    'sets Chinese characters apart, rare ones too, not kana or hangul': [
      'ah\u535A\u63A8zz \u{20000}b カナ한국',
      ['ah', '\u535A', '\u63A8', 'zz', '\u{20000}', 'b', 'カナ한국'.normalize('NFD')],
    ],
    'keeps emoji in words, without their joiners': ['ok😀👍🏽 👩‍💻', ['ok😀👍🏽', '👩💻']],
    'finds no words in an empty text': ['', []],
    'finds no words in white space': [' \n\t\u3000', []],
  };
  it.each(Object.entries(cases))('%s', (_, [text, words]) => {
    expect(lower(text)).toEqual(words);
  });

  it('keeps case and accents when told so', () => {
    expect(cased('HéLLo, İstanbul')).toEqual(['HéLLo', ',', 'İstanbul']);
  });
});

describe('WordPieceTokenizer', () => {
  const tokenizer = open(['want', '##want', '##ed', 'wa', 'un', 'runn', '##ing', ',', '##aff', '##able']);

  it('cuts the longest known piece first, as the example of BERT’s documentation', () => {
    expect(cut(tokenizer, 'unaffable')).toEqual(['un', '##aff', '##able']);
    expect(cut(tokenizer, 'UNwant\u00E9d,running')).toEqual(['un', '##want', '##ed', ',', 'runn', '##ing']);
    expect(tokenizer.encode('UNwant\u00E9d,running', 10)).toEqual([9, 6, 7, 12, 10, 11]);
  });

  it('gives one [UNK] for a word that cannot be cut to its end', () => {
    expect(cut(tokenizer, 'unwantedX running')).toEqual(['[UNK]', 'runn', '##ing']);
  });

  it('gives [UNK] for words of more than 100 characters, and counts an emoji as one', () => {
    const single = open(['a', '##a', '😀', '##😀']);
    expect(cut(single, 'a'.repeat(100))).toHaveLength(100);
    expect(cut(single, `${'a'.repeat(101)} a`)).toEqual(['[UNK]', 'a']);
    expect(cut(single, '😀'.repeat(100))).toHaveLength(100);
    expect(cut(single, '😀'.repeat(101))).toEqual(['[UNK]']);
  });

  it('recognises special tokens where they stand in a text', () => {
    expect(cut(tokenizer, 'want[SEP]un [MASK] [sep]')).toEqual(['want', '[SEP]', 'un', '[MASK]', ...unknown(3)]);
  });

  it('gives nothing for an empty text', () => {
    expect([tokenizer.encode('', 10), tokenizer.encode(' \n', 10), tokenizer.encode('want', 0)]).toEqual([[], [], []]);
  });

  it('gives the first pieces of a longer text', () => {
    expect(cut(tokenizer, 'unaffable running', 4)).toEqual(['un', '##aff', '##able', 'runn']);
  });

  it('cuts a book as it cuts its words', () => {
    const book = 'unaffable running, want '.repeat(5000);
    const words = tokenizer.encode('unaffable running, want', 100);
    expect(tokenizer.encode(book, 1e6)).toEqual(Array.from({ length: 5000 }, () => words).flat());
  });

  it('knows the ids of padding, the unknown, [CLS] and [SEP] wherever they stand', () => {
    const text = 'a\n[SEP]\n[UNK]\n[CLS]\n[PAD]\n';
    const { padId, unknownId, vocabulary } = WordPieceTokenizer.open({ 'vocab.txt': text }, { path: 'text' });
    expect([padId, unknownId, vocabulary.clsId, vocabulary.sepId, vocabulary.size]).toEqual([4, 2, 3, 1, 5]);
  });

  it('tells vocabularies apart by their entries and their order', () => {
    const prints = [['a', 'b'], ['b', 'a'], ['a'], ['ab']].map((pieces) => open(pieces).vocabulary.fingerprint);
    expect(new Set(prints).size).toBe(4);
    expect(open(['a', 'b']).vocabulary).toEqual(open(['a', 'b']).vocabulary);
  });

  it('keeps upper case where the vocabulary has some, unless told otherwise', () => {
    expect(cut(open(['Dog', 'dog']), 'Dog')).toEqual(['Dog']);
    expect(cut(open(['Dog', 'dog'], true), 'Dog')).toEqual(['dog']);
    expect(cut(open(['dog'], false), 'Dog')).toEqual(['[UNK]']);
    // Names in brackets, as vocabularies have for tokens of their own, say nothing of case.
    expect(cut(open(['dog', '[IMG]', '[unused1]']), 'Dog')).toEqual(['dog']);
  });

  it('needs a vocabulary', () => {
    expect(() => WordPieceTokenizer.open({}, { path: 'modalities.text' })).toThrow(
      /^modalities\.text\.vocab: is required where there are no training texts/,
    );
  });
});

/** `[sep]` falls into its brackets and a word. */
const unknown = (count: number): string[] => Array.from({ length: count }, () => '[UNK]');
