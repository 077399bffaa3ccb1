import '@tensorflow/tfjs-backend-cpu';
import {
  abs,
  cast,
  expandDims,
  memory,
  setBackend,
  slice,
  sub,
  tensor2d,
  tidy,
  tile,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import {
  DataError,
  inferenceContext,
  ParameterStore,
  SpecError,
  type TokenEmbeddings,
  type Vocabulary,
} from '@tessera/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { bert } from './bertEncoder.js';
import { openTokenizer, wordSplitter } from './bertTokenizer.js';
import { bow, BowEncoder } from './bowEncoder.js';
import { collateTexts } from './textInput.js';
import { buildVocabulary, specialTokens } from './vocabulary.js';
import { wordpiece, WordpieceEncoder } from './wordpieceEncoder.js';

beforeAll(() => setBackend('cpu'));

const words = [...specialTokens, 'cat', 'dog', '##s', 'un', '##happy', 'é', 'e', '中', '!', 'x'];
const assets = { 'vocab.txt': words.join('\n') + '\n' };
const id = (word: string): number => words.indexOf(word);

/** A word table whose row i is [i, i]. */
function fakeTable(): TokenEmbeddings & { declared?: Vocabulary } {
  return {
    width: 2,
    layersPath: 'fusion.layers',
    useVocabulary(vocabulary) {
      this.declared = vocabulary;
    },
    lookup: (ids: Tensor2D) => tidy(() => tile(expandDims(cast(ids, 'float32'), 2), [1, 1, 2]) as never),
  };
}
const encoder = (options: { maxTokens?: number; pairs?: boolean } = {}): WordpieceEncoder =>
  new WordpieceEncoder(
    openTokenizer(assets, true, 'modalities.text'),
    fakeTable(),
    options.maxTokens ?? 8,
    options.pairs ? 2 : 1,
  );

describe('BERT tokenisation', () => {
  it('splits words into pieces, lower-cases, strips accents, splits CJK and punctuation', () => {
    const { encode } = openTokenizer(assets, true, 'x');
    expect(encode('Cats unhappy É!')).toEqual([id('cat'), id('##s'), id('un'), id('##happy'), id('e'), id('!')]);
    expect(encode('x中x')).toEqual([id('x'), id('中'), id('x')]);
  });

  it('gives [UNK] for unknown and overlong words, and nothing for an empty text', () => {
    const { encode } = openTokenizer(assets, true, 'x');
    expect(encode('zebra cat')).toEqual([id('[UNK]'), id('cat')]);
    expect(encode('x'.repeat(101))).toEqual([id('[UNK]')]);
    expect(encode('')).toEqual([]);
  });

  it('declares the vocabulary’s size and special ids', () => {
    expect(openTokenizer(assets, true, 'x').vocabulary).toMatchObject({
      size: words.length,
      padId: 0,
      clsId: 2,
      sepId: 3,
    });
  });

  it('refuses a vocabulary without a special token and a damaged tokenizer.json', () => {
    expect(() => openTokenizer({ 'vocab.txt': '[PAD]\ncat\n' }, true, 'modalities.text')).toThrow(
      /modalities\.text\.vocab: must hold the special token \[UNK\]/,
    );
    expect(() => openTokenizer({ 'tokenizer.json': '{"model"' }, true, 'modalities.text')).toThrow(SpecError);
    expect(() => openTokenizer({}, true, 'modalities.text')).toThrow(/vocab: is required/);
  });
});

describe('a vocabulary built from text', () => {
  it('holds special tokens, characters and the most frequent words', () => {
    const built = buildVocabulary(['b', 'ab', 'ab', 'c'], { vocabSize: 13, minimumFrequency: 1 });
    expect(built).toEqual([...specialTokens, 'a', 'b', 'c', '##a', '##b', '##c', 'ab']);
  });

  it('is learned from the training texts as BERT splits them', async () => {
    const options = wordpiece.config.parse({});
    const fitted = await wordpiece.fit?.(
      options,
      { path: 'modalities.text', baseFolder: '.', values: ['Red cat!', 'cat'] },
      {} as never,
    );
    expect(fitted?.['vocab.txt']?.split('\n')).toEqual(expect.arrayContaining(['[CLS]', 'red', 'cat', '!', '##t']));
    expect(wordSplitter(true)('Red cat!')).toEqual(['red', 'cat', '!']);
  });

  it('needs a file or training data', async () => {
    const options = wordpiece.config.parse({});
    await expect(wordpiece.fit?.(options, { path: 'modalities.text', baseFolder: '.' }, {} as never)).rejects.toThrow(
      /modalities\.text\.vocab: is required without training data/,
    );
    const named = wordpiece.config.parse({ vocab: './none.txt' });
    await expect(
      wordpiece.fit?.(named, { path: 'modalities.text', baseFolder: '/nowhere' }, {} as never),
    ).rejects.toThrow(/got "\.\/none\.txt" \(ENOENT, looked for \/nowhere\/none\.txt\)/);
  });
});

describe('wordpiece', () => {
  it('looks its ids up in the fusion’s table and masks padding', async () => {
    const part = encoder();
    const batch = part.collate([
      await part.prepare('cat dogs'),
      await part.prepare('x'),
      undefined,
      await part.prepare(''),
    ]);
    const block = part.encode(batch);
    expect(block.mask.arraySync()).toEqual([
      [1, 1, 1],
      [1, 0, 0],
      [0, 0, 0],
      [0, 0, 0],
    ]);
    expect(block.tokens.shape).toEqual([4, 3, 2]);
    expect((block.tokens.arraySync())[0]).toEqual([id('cat'), id('dog'), id('##s')].map((v) => [v, v]));
  });

  it('cuts a text at maxTokens and a pair at its longer sentence', async () => {
    expect((await encoder({ maxTokens: 2 }).prepare('cat dog x')).ids).toHaveLength(2);
    const pair = await encoder({ maxTokens: 6, pairs: true }).prepare({ first: 'cat cat cat cat', second: 'dog' });
    expect([...pair.ids]).toEqual([id('cat'), id('cat'), id('cat'), 3, id('dog'), 3]);
    expect([...pair.parts]).toEqual([0, 0, 0, 0, 1, 1]);
  });

  it('refuses what is not text', async () => {
    await expect(encoder().prepare(7 as never)).rejects.toThrow(DataError);
    await expect(encoder().check([1, 2] as never)).rejects.toThrow(
      /text must be a string or a pair of strings, got \[1,2\]/,
    );
  });

  it('describes its tokens by their pieces', async () => {
    const part = encoder();
    expect(part.describeTokens(await part.prepare('cats'))).toEqual([
      { kind: 'text', text: 'cat' },
      { kind: 'text', text: '##s' },
    ]);
  });

  it('leaves no tensor behind', async () => {
    const part = encoder();
    const prepared = await part.prepare('cat');
    const before = memory().numTensors;
    const batch = part.collate([prepared]);
    const block = part.encode(batch);
    for (const tensor of [...Object.values(batch), ...Object.values(block)]) (tensor as { dispose(): void }).dispose();
    expect(memory().numTensors).toBe(before);
  });
});

describe('bert', () => {
  const create = (output: 'pooled' | 'tokens') => {
    const store = new ParameterStore(1);
    const options = bert.config.parse({ hiddenSize: 8, numLayers: 1, numHeads: 2, maxTokens: 6, output });
    return bert.create(
      options,
      {} as never,
      { path: 'modalities.text', modality: 'text', parameters: store.scope('e'), assets } as never,
    );
  };

  it('gives one pooled token, or all of them, whatever the padding', async () => {
    for (const [output, length] of [
      ['pooled', 1],
      ['tokens', 3],
    ] as const) {
      const part = create(output);
      const [short, long] = [await part.prepare('cat', {}), await part.prepare('cat dog x x x', {})];
      const alone = part.encode(part.collate([short]), inferenceContext());
      const padded = part.encode(part.collate([short, long]), inferenceContext());
      expect(alone.tokens.shape).toEqual([1, length, 8]);
      const first = slice(padded.tokens, [0, 0, 0], [1, length, 8]);
      expect(Math.max(...abs(sub(alone.tokens, first)).dataSync())).toBeLessThan(1e-5);
    }
  });
});

describe('bow', () => {
  const table = (options: object = {}, vectors?: Record<string, number[]>) => {
    const store = new ParameterStore(1);
    const part = new BowEncoder(
      bow.config.parse({ dimension: 2, ...options }),
      ['[PAD]', '[UNK]', 'cat', 'dog'],
      vectors,
      store.scope('e'),
    );
    return { part, store };
  };
  const vectors = { cat: [1, 2], dog: [3, 6] };

  it('averages or sums word vectors; an empty text is zeros', async () => {
    for (const [reduction, want] of [
      ['mean', [2, 4]],
      ['sum', [4, 8]],
    ] as const) {
      const { part } = table({ reduction }, vectors);
      const batch = part.collate([await part.prepare('cat dog'), await part.prepare('')]);
      expect(part.encode(batch).tokens.arraySync()).toEqual([[want], [[0, 0]]]);
    }
  });

  it('keeps frozen vectors out of what is trained, and unknown words at zero', async () => {
    const { part, store } = table({ frozen: true }, vectors);
    expect(store.list('weight')).toHaveLength(0);
    const batch = part.collate([await part.prepare('zebra')]);
    expect(part.encode(batch).tokens.arraySync()).toEqual([[[0, 0]]]);
  });

  it('marks an absent text', () => {
    const { part } = table({}, vectors);
    expect(part.encode(part.collate([undefined])).mask.arraySync()).toEqual([[0]]);
  });
});

it('pads an empty batch of texts to one masked place', () => {
  const { ids, mask } = collateTexts([undefined], 0) as unknown as { ids: Tensor2D; mask: Tensor2D };
  expect(ids.arraySync()).toEqual(tensor2d([[0]], [1, 1], 'int32').arraySync());
  expect(mask.arraySync()).toEqual([[0]]);
});
