import '@tensorflow/tfjs-backend-cpu';
import { gather, memory, setBackend, tensor2d, type Tensor, type Tensor2D, type Tensor3D } from '@tensorflow/tfjs-core';
import { DataError, SpecError, type TokenEmbeddings, type Vocabulary } from '@tessera/core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { RawText } from '../input/rawText.js';
import { WordPieceTokenizer } from '../tokenizer/wordPieceTokenizer.js';
import { specialTokens } from '../vocabulary/specialTokens.js';
import { WordpieceEncoder, type WordpieceEncoderOptions } from './wordpieceEncoder.js';

beforeAll(async () => {
  await setBackend('cpu');
});

/** What a fusion would provide: a table whose row i is [i, -i]. */
class NumberedRows implements TokenEmbeddings {
  readonly width = 2;
  readonly layersPath = 'fusion.layers';
  readonly declared: Vocabulary[] = [];
  private readonly rows = tensor2d(Array.from({ length: 9 }, (_, i) => [i, -i]));

  useVocabulary(vocabulary: Vocabulary): void {
    this.declared.push(vocabulary);
  }

  lookup(ids: Tensor2D): Tensor3D {
    return gather(this.rows, ids) as Tensor as Tensor3D;
  }
}

const tokenizer = WordPieceTokenizer.open(
  { 'vocab.txt': [...specialTokens, 'un', '##aff', '##able', 'cat'].join('\n') },
  { path: 'modalities.text' },
);

const make = (options: Partial<WordpieceEncoderOptions> = {}) => {
  const embeddings = new NumberedRows();
  const all = { maxTokens: 4, pairs: false, path: 'modalities.text', ...options };
  return { embeddings, encoder: new WordpieceEncoder(tokenizer, embeddings, all) };
};

const encode = async (encoder: WordpieceEncoder, texts: readonly (RawText | undefined)[]) => {
  const items = await Promise.all(texts.map(async (text) => (text === undefined ? undefined : encoder.prepare(text))));
  const batch = encoder.collate(items);
  const { tokens, mask, parts } = encoder.encode(batch);
  const shape = tokens.shape;
  const rows = ((await tokens.array()) as number[][][]).map((row) => row.map(([id]) => id));
  const result = { shape, rows, mask: await mask.array(), parts: await parts?.array() };
  for (const tensor of [tokens, mask, ...(parts ? [parts] : [])]) tensor.dispose();
  for (const tensor of Object.values(batch)) expect(tensor.isDisposed).toBe(false); // it was borrowed
  for (const tensor of Object.values(batch)) tensor.dispose();
  return result;
};

describe('WordpieceEncoder', () => {
  it('puts [SEP] around a text when asked, within maxTokens', async () => {
    const { encoder } = make({ sepAround: true });
    const sep = specialTokens.indexOf('[SEP]');
    const { rows } = await encode(encoder, ['cat', 'cat unaffable']);
    expect(rows).toEqual([
      [sep, 8, sep, 0],
      [sep, 8, 5, sep],
    ]);
  });

  it('reads rows of the fusion’s table by id, without special tokens, padded and masked', async () => {
    const { encoder } = make();
    expect(await encode(encoder, ['unaffable', 'cat', 'cat dog cat unaffable'])).toEqual({
      shape: [3, 4, 2],
      rows: [
        [5, 6, 7, 0],
        [8, 0, 0, 0],
        [8, 1, 8, 5],
      ],
      mask: [
        [1, 1, 1, 0],
        [1, 0, 0, 0],
        [1, 1, 1, 1],
      ],
      parts: undefined,
    });
  });

  it('gives an empty or absent text no token', async () => {
    expect(await encode(make().encoder, ['', undefined])).toMatchObject({ shape: [2, 1, 2], mask: [[0], [0]] });
  });

  it('gives each sentence of a pair a part, and its [SEP] with it', async () => {
    const { encoder } = make({ pairs: true, maxTokens: 6 });
    expect(await encode(encoder, [['cat', 'unaffable'], undefined])).toMatchObject({
      rows: [
        [8, 3, 5, 6, 7, 3],
        [0, 0, 0, 0, 0, 0],
      ],
      mask: [
        [1, 1, 1, 1, 1, 1],
        [0, 0, 0, 0, 0, 0],
      ],
      parts: [
        [0, 0, 1, 1, 1, 1],
        [0, 0, 0, 0, 0, 0],
      ],
    });
    expect(encoder.numParts).toBe(2);
  });

  it('declares its vocabulary to the table, and takes width and layers from there', () => {
    const { encoder, embeddings } = make();
    expect(embeddings.declared).toEqual([tokenizer.vocabulary]);
    expect(encoder).toMatchObject({
      tokenWidth: 2,
      maxTokens: 4,
      fixedLength: false,
      tokenSpace: 'fusion',
      numParts: 1,
    });
    expect(encoder.towerPaths).toEqual(['fusion.layers']);
  });

  it('refuses what is no text, a pair where none is read, and too small a maxTokens', async () => {
    const { encoder } = make();
    for (const raw of [3, ['cat', 'cat']] as unknown[]) {
      await expect(encoder.check(raw as string)).rejects.toThrow(DataError);
      await expect(encoder.prepare(raw as string)).rejects.toThrow(DataError);
    }
    expect(() => make({ pairs: true, maxTokens: 3 })).toThrow(SpecError);
  });

  it('names the piece of each token, and shows the text', async () => {
    const { encoder } = make();
    expect(encoder.describeTokens(await encoder.prepare('Unaffable dog'))).toEqual(
      ['un', '##aff', '##able', '[UNK]'].map((text) => ({ kind: 'text', text })),
    );
    expect(await encoder.preview('Unaffable dog')).toEqual({ kind: 'text', text: 'Unaffable dog' });
  });

  it('leaves no tensors behind, and the batch to its owner', async () => {
    const { encoder } = make({ pairs: true });
    await encode(encoder, [['cat', 'cat'], undefined]);
    const before = memory().numTensors;
    await encode(encoder, [['cat', 'cat'], undefined]);
    expect(memory().numTensors).toBe(before);
  });
});
