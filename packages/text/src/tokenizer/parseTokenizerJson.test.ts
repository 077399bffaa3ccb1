import { SpecError } from '@tessera/core';
import { describe, expect, it } from 'vitest';
import { parseTokenizerJson } from './parseTokenizerJson.js';
import { WordPieceTokenizer } from './wordPieceTokenizer.js';

const bertNormalizer = { type: 'BertNormalizer', lowercase: true, clean_text: true, handle_chinese_chars: true };
const model = {
  type: 'WordPiece',
  unk_token: '[UNK]',
  continuing_subword_prefix: '##',
  vocab: { '[PAD]': 0, '[UNK]': 1, '[CLS]': 2, '[SEP]': 3, cat: 4, '##s': 5, Dog: 6 },
};
const whole = { version: '1.0', normalizer: bertNormalizer, pre_tokenizer: { type: 'BertPreTokenizer' }, model };

const parse = (json: unknown, lowercase?: boolean) =>
  parseTokenizerJson(typeof json === 'string' ? json : JSON.stringify(json), {
    path: 'modalities.text',
    vocab: 'tokenizer.json',
    lowercase,
  });

const open = (json: unknown): WordPieceTokenizer =>
  WordPieceTokenizer.open({ 'tokenizer.json': JSON.stringify(json) }, { path: 'modalities.text' });

describe('parseTokenizerJson', () => {
  it('leaves out what has no part in cutting a text', () => {
    const json = parse({ ...whole, truncation: { max_length: 2 }, padding: {}, post_processor: { type: 'Template' } });
    expect(json).toEqual({
      added_tokens: [],
      normalizer: bertNormalizer,
      pre_tokenizer: { type: 'BertPreTokenizer' },
      model,
    });
  });

  const faults: Readonly<Record<string, readonly [json: unknown, message: RegExp]>> = {
    'JSON that was cut short': [
      JSON.stringify(whole).slice(0, 200),
      /must be complete JSON.*Download or save it again/,
    ],
    'another kind of tokenizer': [{ ...whole, model: { ...model, type: 'BPE' } }, /where model\.type is wrong/],
    'a list': [[], /which is none/],
    'no model': [{ normalizer: null }, /where model is wrong/],
    'an id that is none': [{ ...whole, model: { ...model, vocab: { cat: -1 } } }, /where model\.vocab\.cat is wrong/],
    'ids beyond reason': [{ ...whole, model: { ...model, vocab: { cat: 1e12 } } }, /where model\.vocab\.cat is wrong/],
    'an added token without an id': [
      { ...whole, added_tokens: [{ content: 'x' }] },
      /where added_tokens\.0\.id is wrong/,
    ],
  };
  it.each(Object.entries(faults))('refuses %s', (_, [json, message]) => {
    expect(() => parse(json)).toThrow(SpecError);
    expect(() => parse(json)).toThrow(/^modalities\.text\.vocab: must be .*got "tokenizer\.json"/);
    expect(() => parse(json)).toThrow(message);
  });

  it('refuses a lowercase that is not the normalizer’s', () => {
    const cased = { ...bertNormalizer, lowercase: false };
    const sequence = { type: 'Sequence', normalizers: [{ type: 'NFC' }, { type: 'Lowercase' }] };
    const agree = [
      ...[bertNormalizer, sequence].map((normalizer) => [normalizer, true] as const),
      ...[cased, { type: 'NFC' }, null].map((normalizer) => [normalizer, false] as const),
    ];
    for (const [normalizer, lowercase] of agree) {
      expect(parse({ ...whole, normalizer }, lowercase).normalizer).toEqual(normalizer);
      expect(() => parse({ ...whole, normalizer }, !lowercase)).toThrow(
        `must agree with lowercase=${!lowercase}, got "tokenizer.json", whose normalizer ${lowercase ? 'lower-cases' : 'keeps upper case'}. Leave lowercase out`,
      );
    }
  });
});

describe('a tokenizer from a tokenizer.json', () => {
  it('does what its normalizer and splitter say', () => {
    expect(open(whole).encode('CATs,Dog', 10)).toEqual([4, 5, 1, 1]);
    expect(open({ ...whole, normalizer: null }).encode('CATs,Dog', 10)).toEqual([1, 1, 6]);
    const spaces = { ...whole, pre_tokenizer: { type: 'WhitespaceSplit' } };
    expect(open(spaces).encode('cat cats, cats', 10)).toEqual([4, 1, 4, 5]);
  });

  it('recognises added tokens, and has rows up to the highest id', () => {
    const added_tokens = [
      { id: 9, content: '[IMG]', special: true, normalized: false },
      { id: 3, content: '[SEP]', special: true, normalized: false },
    ];
    const tokenizer = open({ ...whole, added_tokens });
    expect(tokenizer.encode('cat[IMG] [SEP]cat', 10)).toEqual([4, 9, 3, 4]);
    expect(tokenizer.size).toBe(10);
    expect([tokenizer.piece(9), tokenizer.piece(7), tokenizer.piece(99)]).toEqual(['[IMG]', '', '[UNK]']);
  });

  it('refuses components it does not know, and names the way out', () => {
    expect(() => open({ ...whole, normalizer: { type: 'Magic' } })).toThrow(
      /vocab: must be a tokenizer of known components.*Magic.*Use the vocab\.txt beside it/,
    );
  });

  it('refuses one without a special token', () => {
    expect(() => open({ ...whole, model: { ...model, unk_token: '<unk>' } })).toThrow(/without <unk>/);
  });
});
