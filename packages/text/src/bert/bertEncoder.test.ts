// The arithmetic of BERT is held to PyTorch's by test/parity; here is what the encoder makes of it.
import '@tensorflow/tfjs-backend-cpu';
import { memory, mul, setBackend } from '@tensorflow/tfjs-core';
import { DataError, inferenceContext, ParameterStore, SpecError } from '@tessera/core';
import { expectClose, expectFinite } from '@tessera/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import type { RawText } from '../input/rawText.js';
import { WordPieceTokenizer } from '../tokenizer/wordPieceTokenizer.js';
import { specialTokens } from '../vocabulary/specialTokens.js';
import { BertEncoder } from './bertEncoder.js';
import { bertSchema, type BertConfig } from './bertSchema.js';

beforeAll(async () => {
  await setBackend('cpu');
});

const tokenizer = WordPieceTokenizer.open(
  { 'vocab.txt': [...specialTokens, 'un', '##aff', '##able', 'cat'].join('\n') },
  { path: 'modalities.text' },
);

const make = (options: Partial<BertConfig> = {}) => {
  const store = new ParameterStore(1);
  const tiny = { hiddenSize: 8, numLayers: 2, numHeads: 2, maxTokens: 6, maxPositions: 6 };
  const context = { parameters: store.scope('modalities.text.encoder'), path: 'modalities.text' };
  return { store, encoder: new BertEncoder(tokenizer, bertSchema.parse({ ...tiny, ...options }), context) };
};

const encode = async (encoder: BertEncoder, texts: readonly (RawText | undefined)[]) => {
  const items = await Promise.all(texts.map(async (text) => (text === undefined ? undefined : encoder.prepare(text))));
  const batch = encoder.collate(items);
  const { tokens, mask } = encoder.encode(batch, inferenceContext());
  const result = { shape: tokens.shape, tokens: (await tokens.array()) as number[][][], mask: await mask.array() };
  for (const tensor of [tokens, mask]) tensor.dispose();
  for (const tensor of Object.values(batch)) expect(tensor.isDisposed).toBe(false); // it was borrowed
  for (const tensor of Object.values(batch)) tensor.dispose();
  return result;
};

describe('BertEncoder', () => {
  it('gives one token, the pooled state', async () => {
    const { encoder } = make();
    expect(encoder).toMatchObject({ tokenWidth: 8, maxTokens: 1, fixedLength: true, tokenSpace: 'encoder' });
    const { shape, tokens, mask } = await encode(encoder, ['cat', '', undefined]);
    expect(shape).toEqual([3, 1, 8]);
    // An empty text is there: [CLS] [SEP].
    expect(mask).toEqual([[1], [1], [0]]);
    for (const [pooled = []] of tokens) for (const value of pooled) expect(Math.abs(value)).toBeLessThan(1); // tanh
  });

  it('gives the state of every token, the special ones included', async () => {
    const { encoder } = make({ output: 'tokens' });
    expect(encoder).toMatchObject({ tokenWidth: 8, maxTokens: 6, fixedLength: false });
    const { shape, mask } = await encode(encoder, ['unaffable', 'cat', undefined]);
    expect(shape).toEqual([3, 5, 8]);
    expect(mask).toEqual([
      [1, 1, 1, 1, 1],
      [1, 1, 1, 0, 0],
      [0, 0, 0, 0, 0],
    ]);
  });

  it.each(['pooled', 'tokens'] as const)('%s: padding changes nothing', async (output) => {
    const { encoder } = make({ output });
    const alone = await encode(encoder, ['cat']);
    const padded = await encode(encoder, ['unaffable cat', 'cat', undefined]);
    const numTokens = alone.tokens[0]?.length;
    expectClose((padded.tokens[1] ?? []).slice(0, numTokens).flat(), (alone.tokens[0] ?? []).flat(), output, 1e-6);
  });

  it('stays finite where a whole batch is absent', async () => {
    const { tokens, mask } = await encode(make().encoder, [undefined, undefined]);
    expectFinite(tokens.flat(2), 'pooled');
    expect(mask).toEqual([[0], [0]]);
  });

  it('cuts a text to maxTokens and keeps its [SEP], unless told to have none', async () => {
    const long = 'cat '.repeat(50);
    expect([...(await make().encoder.prepare(long)).ids]).toEqual([2, 8, 8, 8, 8, 3]);
    expect([...(await make({ finalSep: false }).encoder.prepare(long)).ids]).toEqual([2, 8, 8, 8, 8, 8]);
  });

  it('gives the second sentence of a pair another segment', async () => {
    const { encoder, store } = make({ pairs: true, output: 'tokens' });
    expect([...((await encoder.prepare(['cat', 'cat'])).parts ?? [])]).toEqual([0, 0, 0, 1, 1]);
    const single = make({ output: 'tokens' });
    const before = [await encode(encoder, [['cat', 'cat']]), await encode(single.encoder, ['cat'])];
    for (const parameters of [store, single.store]) {
      const table = parameters.find('modalities.text.encoder.embeddings.segment.weight')?.value;
      table?.assign(mul(table, [[1], [0]])); // the row of the second
    }
    const after = [await encode(encoder, [['cat', 'cat']]), await encode(single.encoder, ['cat'])];
    expect(after[0]?.tokens).not.toEqual(before[0]?.tokens);
    expect(after[1]).toEqual(before[1]);
  });

  it('has rows for its vocabulary, and freezes its layers alone', () => {
    const { encoder, store } = make();
    expect(store.find('modalities.text.encoder.embeddings.word.weight')?.shape).toEqual([9, 8]);
    expect(store.find('modalities.text.encoder.layers.0.feedForward.intermediate.weight')?.shape).toContain(32);
    expect(encoder.towerPaths).toEqual(['modalities.text.encoder.layers']);
  });

  it('has a pooler only where it pools', () => {
    const poolers = (output: 'pooled' | 'tokens'): number =>
      make({ output })
        .store.list()
        .filter(({ path }) => path.startsWith('modalities.text.encoder.pooler.')).length;
    expect([poolers('pooled'), poolers('tokens')]).toEqual([2, 0]);
  });

  it('refuses sizes that contradict each other', () => {
    expect(() => make({ numHeads: 3 })).toThrow(/hiddenSize.*numHeads/);
    expect(() => make({ maxTokens: 7 })).toThrow(
      'modalities.text.maxTokens: must be at most maxPositions, got maxTokens=7, maxPositions=6.',
    );
    expect(() => make({ maxTokens: 2 })).toThrow(SpecError);
  });

  it('refuses what is no text, and describes and shows what is', async () => {
    const { encoder } = make();
    await expect(encoder.check(['a', 'b'])).rejects.toThrow(DataError);
    const prepared = await encoder.prepare('Cat');
    expect(encoder.describeTokens(prepared)).toEqual([{ kind: 'text', text: '[CLS] cat [SEP]' }]);
    expect(make({ output: 'tokens' }).encoder.describeTokens(prepared)).toEqual(
      ['[CLS]', 'cat', '[SEP]'].map((text) => ({ kind: 'text', text })),
    );
    expect(await encoder.preview('Cat')).toEqual({ kind: 'text', text: 'Cat' });
  });

  it.each(['pooled', 'tokens'] as const)('%s: leaves no tensors behind', async (output) => {
    const { encoder } = make({ output, pairs: true });
    await encode(encoder, [['cat', 'cat'], undefined]);
    const before = memory().numTensors;
    await encode(encoder, [['cat', 'cat'], undefined]);
    expect(memory().numTensors).toBe(before);
  });
});
