import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SpecError, type Assets } from '@tessera/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WordPieceTokenizer } from '../tokenizer/wordPieceTokenizer.js';
import { fitWordPieces } from './fitWordPieces.js';
import { specialTokens } from './specialTokens.js';
import type { VocabularyOptions } from './vocabularySchema.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tessera-vocab-'));
});
afterAll(() => rm(folder, { recursive: true }));

const place = 'modalities.text';
const learn = (options: Partial<VocabularyOptions>, values?: Iterable<unknown>): Promise<Assets> =>
  fitWordPieces({ vocabSize: 100, minimumFrequency: 1, ...options }, { path: place, baseFolder: folder, values });

const open = (assets: Assets, vocab?: string): WordPieceTokenizer =>
  WordPieceTokenizer.open(assets, { path: place, vocab });

const fitFile = async (content: string | Uint8Array, file = 'vocab.txt'): Promise<WordPieceTokenizer> => {
  await writeFile(path.join(folder, file), content);
  return open(await learn({ vocab: file }), file);
};

const pieces = (tokenizer: WordPieceTokenizer, text: string): string[] =>
  tokenizer.encode(text, 100).map((id) => tokenizer.piece(id));

describe('a vocabulary that a spec names', () => {
  const entries = [...specialTokens, 'cat', 'un', '##aff', '##able'];

  it('numbers its entries by line', async () => {
    const tokenizer = await fitFile(`${entries.join('\n')}\n`);
    expect(tokenizer.encode('cat unaffable', 10)).toEqual([5, 6, 7, 8]);
    expect(tokenizer.size).toBe(9);
  });

  it('reads the same with Windows line ends, spaces behind entries, a byte order mark or no last line end', async () => {
    const { vocabulary } = await fitFile(`${entries.join('\n')}\n`);
    for (const text of [
      `${entries.join('\r\n')}\r\n`,
      `${entries.join(' \t\n')}\n`,
      `\uFEFF${entries.join('\n')}\n`,
      entries.join('\n'),
    ]) {
      expect((await fitFile(text)).vocabulary).toEqual(vocabulary);
    }
  });

  it('keeps the numbers of lines after an empty one', async () => {
    const tokenizer = await fitFile(`${specialTokens.join('\n')}\n\ncat\n`);
    expect(tokenizer.encode('cat', 10)).toEqual([6]);
  });

  it('takes the last of equal entries, as BERT does', async () => {
    const tokenizer = await fitFile(`cat\n${specialTokens.join('\n')}\ncat\n`);
    expect(tokenizer.encode('cat', 10)).toEqual([6]);
    expect(tokenizer.size).toBe(7);
  });

  it('may be a tokenizer.json, which a byte order mark does no harm', async () => {
    const vocab = Object.fromEntries(entries.map((entry, id) => [entry, id]));
    const json = JSON.stringify({ model: { type: 'WordPiece', unk_token: '[UNK]', vocab } });
    for (const text of [json, `\uFEFF${json}`]) {
      expect((await fitFile(text, 'tokenizer.json')).encode('cat', 10)).toEqual([5]);
    }
  });

  const faults: Readonly<Record<string, readonly [content: string | Uint8Array, message: RegExp]>> = {
    'without [UNK]': ['[PAD]\n[CLS]\n[SEP]\ncat\n', /must hold \[PAD\], \[UNK\].*without \[UNK\]\. Use the vocab\.txt/],
    'that is empty': ['', /without \[PAD\], \[UNK\], \[CLS\], \[SEP\]/],
    'that is packed': [Uint8Array.of(0x1f, 0x8b, 8, 0), /is packed \(gzip\)\. Unpack it/],
  };
  it.each(Object.entries(faults))('refuses one %s', async (_, [content, message]) => {
    const error: unknown = await fitFile(content).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SpecError);
    expect((error as SpecError).message).toMatch(/^modalities\.text\.vocab: .*"vocab\.txt"/);
    expect((error as SpecError).message).toMatch(message);
  });

  it('says where it looked for a missing file', async () => {
    await expect(learn({ vocab: 'none.txt' })).rejects.toThrow(
      `modalities.text.vocab: must be a readable file, got "none.txt" (ENOENT, looked for ${path.join(folder, 'none.txt')})`,
    );
  });
});

describe('a vocabulary learned from training texts', () => {
  it('cuts every training text into known pieces', async () => {
    const texts = ['The cat sat.', ['on the', 'mat!'], undefined, ''];
    const tokenizer = open(await learn({}, texts));
    expect(pieces(tokenizer, 'the cat sat on the mat!')).toEqual(['the', 'cat', 'sat', 'on', 'the', 'mat', '!']);
    expect(tokenizer.encode('The Cat', 10)).not.toContain(tokenizer.unknownId);
    expect(pieces(tokenizer, 'a dog')).toEqual(['[UNK]', '[UNK]']);
  });

  it('keeps case and accents when told so', async () => {
    const assets = await learn({ lowercase: false }, ['Été été']);
    const tokenizer = WordPieceTokenizer.open(assets, { path: place, lowercase: false });
    expect(pieces(tokenizer, 'Été été ete')).toEqual(['Été', 'été', '[UNK]']);
    // What the entries look like tells as much.
    expect(pieces(open(assets), 'Été')).toEqual(['Été']);
  });

  it('is the same for the same texts in another order', async () => {
    const texts = ['red apple', 'red car', 'green apple tree', 'a tree'];
    expect(await learn({}, [...texts].reverse())).toEqual(await learn({}, texts));
  });

  it('needs texts, and words in them', async () => {
    await expect(learn({})).rejects.toThrow(/vocab: is required where there are no training texts.*Name a vocab\.txt/);
    await expect(learn({}, ['', ' \t', undefined])).rejects.toThrow(
      /cannot be learned from training texts without words/,
    );
  });
});
