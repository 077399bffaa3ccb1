import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Assets } from '@tessera/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bowSchema, type BowConfig } from './bowSchema.js';
import { fitBow, gloveAsset, openBowTokenizer } from './bowVocabulary.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tessera-bow-'));
  await writeFile(path.join(folder, 'words.txt'), 'dog\r\ncat\r\n');
  await writeFile(path.join(folder, 'glove.txt'), 'the 1 2\ncat 3 4\nCat 5 6\n##s 7 8\n');
});
afterAll(() => rm(folder, { recursive: true }));

const config = (options: Partial<BowConfig>): BowConfig => bowSchema.parse({ dimension: 2, ...options });
const learn = (options: Partial<BowConfig>, values?: Iterable<unknown>): Promise<Assets> =>
  fitBow(config(options), { path: 'modalities.text', baseFolder: folder, values });
const wordsOf = (assets: Assets): string[] => (assets['vocab.txt'] ?? '').trimEnd().split('\n');

describe('the words of a bag', () => {
  it('are learned by how often they occur', async () => {
    const texts = ['A cat, a dog', ['a cat', 'cats'], undefined];
    expect(wordsOf(await learn({}, texts))).toEqual(['[PAD]', '[UNK]', 'a', 'cat', ',', 'cats', 'dog']);
    expect(wordsOf(await learn({ tokens: 'whitespace', lowercase: false }, texts))).toEqual([
      ...['[PAD]', '[UNK]'],
      ...['a', 'A', 'cat', 'cat,', 'cats', 'dog'],
    ]);
  });

  it('are no more than asked for, and none that is too rare', async () => {
    const texts = [Array.from({ length: 20 }, (_, i) => `w${i} `.repeat(20 - i)).join('')];
    expect(wordsOf(await learn({ vocabSize: 16 }, texts))).toEqual([
      ...['[PAD]', '[UNK]'],
      ...Array.from({ length: 14 }, (_, i) => `w${i}`),
    ]);
    expect(wordsOf(await learn({ minimumFrequency: 19 }, texts))).toEqual(['[PAD]', '[UNK]', 'w0', 'w1']);
  });

  it('may be those of a file, in its order', async () => {
    expect(wordsOf(await learn({ vocab: 'words.txt' }))).toEqual(['[PAD]', '[UNK]', 'dog', 'cat']);
  });

  it('may be word pieces', async () => {
    const assets = await learn({ tokens: 'wordpiece' }, ['cats', 'cats']);
    const tokenizer = openBowTokenizer(config({ tokens: 'wordpiece' }), assets, 'modalities.text');
    expect(tokenizer.encode('cats dogs', 10).map((id) => tokenizer.piece(id))).toEqual(['cats', '[UNK]']);
  });

  it('need a file or texts with words', async () => {
    await expect(learn({})).rejects.toThrow(/vocab: is required where there are no training texts/);
    await expect(learn({}, [' '])).rejects.toThrow(/without words/);
    expect(() => openBowTokenizer(config({}), {}, 'modalities.text')).toThrow(/modalities\.text\.vocab: is required/);
  });

  it('cannot be those of an empty file or a tokenizer.json', async () => {
    await writeFile(path.join(folder, 'empty.txt'), '\n\n');
    await expect(learn({ vocab: 'empty.txt' })).rejects.toThrow(
      'modalities.text.vocab: must be a list of words, one a line, got "empty.txt" without words. Check the file.',
    );
    await writeFile(path.join(folder, 'tokenizer.json'), '{}');
    await expect(learn({ vocab: 'tokenizer.json' })).rejects.toThrow(/one a line.*say `tokens: wordpiece`/);
  });
});

describe('the GloVe lines of a bag', () => {
  it('are those of its words, as they are written there', async () => {
    const texts = ['the Cat and cats'];
    expect((await learn({ glove: 'glove.txt' }, texts))[gloveAsset]).toBe('the 1 2\ncat 3 4\n');
    expect((await learn({ glove: 'glove.txt', lowercase: false }, texts))[gloveAsset]).toBe('the 1 2\nCat 5 6\n');
  });

  it('are left out when no file is named', async () => {
    expect(await learn({}, ['cat'])).not.toHaveProperty([gloveAsset]);
  });
});
