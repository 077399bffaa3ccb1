import '@tensorflow/tfjs-backend-cpu';
import { setBackend, tensor2d } from '@tensorflow/tfjs-core';
import { ParameterStore, SpecError, type Vocabulary } from '@tessera/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { WordTable } from './wordTable.js';

beforeAll(async () => {
  await setBackend('cpu');
});

const vocabulary: Vocabulary = { size: 9, padId: 0, clsId: 3, sepId: 4, fingerprint: 'a' };
const makeTable = () => {
  const store = new ParameterStore(1);
  return { store, words: new WordTable({ parameters: store.scope('fusion'), hiddenSize: 4, path: 'fusion' }) };
};

describe('WordTable', () => {
  it('has a row for each word, that of the padding zero', async () => {
    const { store, words } = makeTable();
    words.useVocabulary(vocabulary);
    expect(store.find('fusion.embeddings.word.weight')?.shape).toEqual([9, 4]);
    expect(await words.lookup(tensor2d([[0]], undefined, 'int32')).data()).toEqual(new Float32Array(4));
  });

  it('takes [CLS] and [SEP] from the vocabulary', async () => {
    const { store, words } = makeTable();
    words.useVocabulary(vocabulary);
    const table = (await store.find('fusion.embeddings.word.weight')?.value.array()) as number[][];
    expect(await words.specialTokens().array()).toEqual([table[3], table[4]]);
  });

  it('is shared by encoders of one vocabulary, and refuses a second one', () => {
    const { words } = makeTable();
    words.useVocabulary(vocabulary);
    words.useVocabulary({ ...vocabulary });
    words.useSpecialTokensOnly();
    const other = { ...vocabulary, size: 5, fingerprint: 'b' };
    expect(() => words.useVocabulary(other)).toThrow(SpecError);
    expect(() => words.useVocabulary(other)).toThrow(
      'fusion: modalities that share the word table must have one vocabulary, got two different ones of 9 and 5 words.',
    );
  });

  it('must know its vocabulary before a look-up', () => {
    expect(() => makeTable().words.lookup(tensor2d([[0]], undefined, 'int32'))).toThrow('Call useVocabulary first.');
  });

  it('says what freezing the transformer’s layers holds fixed', () => {
    expect(makeTable().words.layersPath).toBe('fusion.layers');
  });
});
