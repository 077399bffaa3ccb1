import '@tensorflow/tfjs-backend-cpu';
import { memory, setBackend, sum, tidy, variableGrads, type Scalar, type Variable } from '@tensorflow/tfjs-core';
import { DataError, ParameterStore } from '@tessera/core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { RawText } from '../input/rawText.js';
import { WordListTokenizer, withSpecialWords } from '../tokenizer/wordListTokenizer.js';
import { BowEncoder, type BowEncoderOptions } from './bowEncoder.js';
import { WordVectors, type WordVectorsOptions } from './wordVectors.js';

beforeAll(async () => {
  await setBackend('cpu');
});

const glove = 'cat 1 2\ndog 3 4\nbird -1 0.5\n';
const path = 'modalities.text.encoder';

const make = (options: Partial<BowEncoderOptions & WordVectorsOptions> = {}) => {
  const store = new ParameterStore(1);
  const tokenizer = new WordListTokenizer(withSpecialWords(['cat', 'dog', 'cow']), { boundaries: 'words' });
  const all = {
    dimension: 2,
    reduction: 'mean',
    maxTokens: 4,
    path,
    frozen: false,
    initialStd: 1,
    ...options,
  } as const;
  const encoder = new BowEncoder(tokenizer, new WordVectors(store.scope(path), tokenizer, all), all);
  const table = store.list()[0];
  if (!table) throw new Error('no table');
  return { store, encoder, tokenizer, table };
};

/** The bags of some texts, and which of them are there. */
const bags = async (encoder: BowEncoder, texts: readonly (RawText | undefined)[]) => {
  const items = await Promise.all(texts.map(async (text) => (text === undefined ? undefined : encoder.prepare(text))));
  const batch = encoder.collate(items);
  const { tokens, mask } = encoder.encode(batch);
  const result = { shape: tokens.shape, tokens: await tokens.array(), mask: await mask.array() };
  for (const tensor of [tokens, mask]) tensor.dispose();
  for (const tensor of Object.values(batch)) expect(tensor.isDisposed).toBe(false); // it was borrowed
  for (const tensor of Object.values(batch)) tensor.dispose();
  return { shape: result.shape, bags: result.tokens.map(([bag]) => bag), mask: result.mask.flat() };
};

describe('BowEncoder', () => {
  it('gives the mean of the word vectors, unknown words counted as zeros', async () => {
    const { encoder } = make({ glove });
    const texts = ['cat', 'Cat dog', 'cat horse', 'horse', 'cow cat'];
    expect(await bags(encoder, texts)).toEqual({
      shape: [5, 1, 2],
      // A cow has no GloVe vector, a horse is not in the vocabulary.
      bags: [
        [1, 2],
        [2, 3],
        [0.5, 1],
        [0, 0],
        [0.5, 1],
      ],
      mask: [1, 1, 1, 1, 1],
    });
  });

  it('gives their sum', async () => {
    const { encoder } = make({ glove, reduction: 'sum' });
    expect((await bags(encoder, ['cat dog', 'cat horse', 'dog dog dog'])).bags).toEqual([
      [4, 6],
      [1, 2],
      [9, 12],
    ]);
  });

  it('puts both sentences of a pair into one bag, and no more words than maxTokens', async () => {
    const { encoder } = make({ glove, reduction: 'sum' });
    const texts: readonly RawText[] = [['cat', 'dog'], 'cat cat cat cat dog', ['cat cat cat', 'dog dog']];
    expect((await bags(encoder, texts)).bags).toEqual([
      [4, 6],
      [4, 8],
      [6, 10],
    ]);
  });

  it('tells an empty text from an absent one', async () => {
    const { encoder } = make({ glove });
    expect(await bags(encoder, ['', undefined, 'dog'])).toEqual({
      shape: [3, 1, 2],
      bags: [
        [0, 0],
        [0, 0],
        [3, 4],
      ],
      mask: [1, 0, 1],
    });
    expect(await bags(encoder, [undefined])).toMatchObject({ bags: [[0, 0]], mask: [0] });
  });

  it('gives a text the same bag whatever stands beside it in the batch', async () => {
    const { encoder } = make();
    const [alone, beside] = [await bags(encoder, ['cat']), await bags(encoder, ['cat', 'dog cow dog horse'])];
    expect(beside.bags[0]).toEqual(alone.bags[0]);
  });

  it('refuses what is no text, and describes and shows what is', async () => {
    const { encoder } = make();
    await expect(encoder.check(3 as unknown as string)).rejects.toThrow(DataError);
    await expect(encoder.prepare(['a'] as unknown as string)).rejects.toThrow(DataError);
    await expect(encoder.check(['a', 'b'])).resolves.toBeUndefined();
    expect(encoder.describeTokens(await encoder.prepare('cat horse'))).toEqual([{ kind: 'text', text: 'cat [UNK]' }]);
    expect(await encoder.preview('A cat')).toEqual({ kind: 'text', text: 'A cat' });
  });

  it('says what a fusion must know', () => {
    const { encoder } = make();
    expect(encoder).toMatchObject({ tokenWidth: 2, maxTokens: 1, fixedLength: true, tokenSpace: 'encoder' });
    expect(encoder.towerPaths).toEqual([path]);
  });

  it('leaves no tensors behind', async () => {
    const { encoder } = make();
    await bags(encoder, ['cat dog', undefined]);
    const before = memory().numTensors;
    await bags(encoder, ['cat dog', undefined]);
    expect(memory().numTensors).toBe(before);
  });
});

describe('word vectors', () => {
  it('start as GloVe has them, or as zeros', async () => {
    const { table } = make({ glove });
    expect(table).toMatchObject({ path: `${path}.words.weight`, role: 'weight', shape: [5, 2] });
    // [PAD], [UNK], cat, dog, cow
    expect(await table.value.array()).toEqual([
      [0, 0],
      [0, 0],
      [1, 2],
      [3, 4],
      [0, 0],
    ]);
  });

  it('start at random without a GloVe file, padding and the unknown as zeros', async () => {
    const values = (await make({ dimension: 500, initialStd: 2 }).table.value.array()) as number[][];
    expect(
      values
        .slice(0, 2)
        .flat()
        .every((value) => value === 0),
    ).toBe(true);
    const words = values.slice(2).flat();
    const variance = words.reduce((total, value) => total + value ** 2, 0) / words.length;
    expect(Math.sqrt(variance)).toBeGreaterThan(1.8);
    expect(Math.sqrt(variance)).toBeLessThan(2.2);
  });

  it('are a buffer, out of training’s reach, when frozen', () => {
    const { store } = make({ glove, frozen: true });
    expect([store.list('buffer').length, store.list('weight').length]).toEqual([1, 0]);
  });

  it('learn from the words that occur, the unknown too, and never from padding', async () => {
    const { encoder, table } = make({ glove, reduction: 'sum' });
    const batch = encoder.collate([await encoder.prepare('cat horse cat'), await encoder.prepare('dog')]);
    const gradient = tidy(() => {
      const { grads } = variableGrads(() => sum(encoder.encode(batch).tokens) as Scalar, [table.value as Variable]);
      return Object.values(grads)[0];
    });
    expect(await gradient?.array()).toEqual([
      [0, 0],
      [1, 1],
      [2, 2],
      [1, 1],
      [0, 0],
    ]);
  });

  it('take what was saved in place of the GloVe lines', async () => {
    const values = Float32Array.from({ length: 10 }, (_, i) => i);
    const source = { description: 'saved', read: () => ({ shape: [5, 2], values }) };
    const store = new ParameterStore(1, source);
    const { tokenizer } = make();
    new WordVectors(store.scope(path), tokenizer, { dimension: 2, frozen: false, initialStd: 1, glove });
    expect(await store.list()[0]?.value.data()).toEqual(values);
  });
});
