// Sentence pairs beside a picture (V-SNLI), from rows to the sequence that the first layer reads, as facebookresearch/mmbt
// lays it out; and alone, as BERT numbers token types.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { disposeBatch, inferenceContext, type Model, type TokenBlock } from '@tessera/core';
import { Bitransformer } from '@tessera/fusion';
import * as huggingFace from '@huggingface/tokenizers';
import sharp from 'sharp';
import { createWorkbench } from 'tessera';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const vocab = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'two', 'dogs', 'run', 'a', 'cat', '##s', '.'];
const [CLS, SEP, TWO, DOGS, RUN, A, CAT, S] = [2, 3, 5, 6, 7, 8, 9, 10] as const;

let folder: string;
let workbench: Awaited<ReturnType<typeof createWorkbench>>;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tessera-pairs-'));
  writeFileSync(join(folder, 'vocab.txt'), vocab.join('\n'));
  await sharp({ create: { width: 8, height: 8, channels: 3, background: '#385' } })
    .png()
    .toFile(join(folder, '1.png'));
  workbench = await createWorkbench({ backend: 'cpu' });
});
afterAll(() => {
  workbench.dispose();
  rmSync(folder, { recursive: true });
});

/** What the fusion of V-SNLI reads of rows as `tessera data vsnli` writes them. */
async function sequenceOf(rows: readonly object[], maxTokens: number) {
  writeFileSync(join(folder, 'train.jsonl'), rows.map((row) => JSON.stringify(row)).join('\n'));
  const spec = {
    modalities: {
      image: { encoder: 'resnet18', width: 1, stem: 'small', input: { size: 8 }, pool: { grid: [3, 1] } },
      text: { encoder: 'wordpiece', vocab: 'vocab.txt', pairs: true, maxTokens },
    },
    fusion: { type: 'bitransformer', hiddenSize: 8, numLayers: 1, numHeads: 2 },
    heads: { label: { type: 'single-label' } },
    data: {
      type: 'jsonl',
      train: 'train.jsonl',
      fields: { image: 'img', text: { together: ['sentence1', 'sentence2'] } },
    },
  } as const;
  const resolved = workbench.resolve(spec);
  const data = await workbench.openData(resolved, folder);
  const training = data.splits['train'];
  if (!training) throw new Error('no training split');
  const model = (await workbench.build(spec, { baseFolder: folder, training })) as unknown as Model;
  if (!(model.fusion instanceof Bitransformer)) throw new Error('no bitransformer');
  const prepared = await Promise.all(rows.map((_, i) => model.prepare(training.sample(i))));
  const batch = model.collate(prepared);
  const blocks = [...model.encoders].map(
    ([name, encoder]) => encoder.encode(batch.inputs[name] as never, inferenceContext()) as TokenBlock,
  );
  const { segments, positions, mask } = model.fusion.embed(blocks, inferenceContext());
  const ids = await (batch.inputs['text'] as unknown as { ids: { array(): Promise<number[][]> } }).ids.array();
  const read = { ids, segments: await segments.array(), positions: await positions.array(), mask: await mask.array() };
  disposeBatch(batch);
  model.dispose();
  return read;
}

const row = (sentence1: string, sentence2: string) => ({ img: '1.png', sentence1, sentence2, label: sentence2 });

describe('a pair beside a picture', () => {
  it('is [CLS] picture [SEP] first [SEP] second [SEP] in segments 0, 1 and 2, text positions from 0', async () => {
    const { ids, segments, positions, mask } = await sequenceOf(
      [row('Two dogs run', 'A cat'), row('cats', 'run')],
      511,
    );
    expect(ids).toEqual([
      [TWO, DOGS, RUN, SEP, A, CAT, SEP],
      [CAT, S, SEP, RUN, SEP, 0, 0],
    ]);
    expect(segments).toEqual([
      [0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2],
      [0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 0, 0],
    ]);
    expect(mask).toEqual([
      [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
      [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0],
    ]);
    for (const line of positions) expect(line).toEqual([0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 5, 6]);
  });

  it('loses the end of its longer sentence, as the authors cut to max_seq_len − 3 words', async () => {
    // max_seq_len 7 leaves 4 words; [CLS] of the 7 is not in the text block, so that maxTokens is 6.
    const { ids } = await sequenceOf([row('Two dogs run', 'A cat run'), row('Two', 'A cat run two dogs')], 6);
    expect(ids).toEqual([
      [TWO, DOGS, SEP, A, CAT, SEP],
      [TWO, SEP, A, CAT, RUN, SEP],
    ]);
  });
});

describe('a pair alone', () => {
  const pairs = [
    ['two dogs run.', 'a cat'],
    ['Cats', '[SEP] run'],
    ['a', 'two dogs, running'],
  ] as const;
  const template = (text: string) =>
    text.split(' ').map((token) => {
      const [id = '', type = '0'] = token.split(':');
      return id.startsWith('[')
        ? { SpecialToken: { id, type_id: Number(type) } }
        : { Sequence: { id, type_id: Number(type) } };
    });
  const tokenizer = new (huggingFace as unknown as { Tokenizer: new (json: object, config: object) => Encoding })[
    'Tokenizer'
  ](
    {
      added_tokens: vocab.slice(0, 5).map((content, id) => ({ id, content, special: true, normalized: false })),
      normalizer: {
        type: 'BertNormalizer',
        clean_text: true,
        handle_chinese_chars: true,
        strip_accents: null,
        lowercase: true,
      },
      pre_tokenizer: { type: 'BertPreTokenizer' },
      post_processor: {
        type: 'TemplateProcessing',
        single: template('[CLS]:0 A:0 [SEP]:0'),
        pair: template('[CLS]:0 A:0 [SEP]:0 B:1 [SEP]:1'),
        special_tokens: { '[CLS]': { id: '[CLS]', ids: [CLS] }, '[SEP]': { id: '[SEP]', ids: [SEP] } },
      },
      decoder: null,
      model: {
        type: 'WordPiece',
        unk_token: '[UNK]',
        continuing_subword_prefix: '##',
        max_input_chars_per_word: 100,
        vocab: Object.fromEntries(vocab.map((piece, id) => [piece, id])),
      },
    },
    {},
  );
  interface Encoding {
    encode(
      text: string,
      options: { text_pair: string; return_token_type_ids: true },
    ): { readonly ids: readonly number[]; readonly token_type_ids: readonly number[] };
  }

  it('has the ids and token types of Hugging Face’s tokenizer', async () => {
    const model = await workbench.build(
      {
        modalities: {
          text: { encoder: 'bert', vocab: 'vocab.txt', pairs: true, hiddenSize: 4, numLayers: 1, numHeads: 1 },
        },
        fusion: { type: 'concat' },
        heads: { label: { type: 'single-label', labels: ['yes', 'no'] } },
      },
      { baseFolder: folder },
    );
    for (const [first, second] of pairs) {
      const { inputs } = await model.prepare({ inputs: { text: { first, second } } } as never);
      const { ids, parts } = inputs['text'] as { ids: Int32Array; parts: Int32Array };
      const expected = tokenizer.encode(first, { text_pair: second, return_token_type_ids: true });
      expect([...ids]).toEqual(expected.ids);
      expect([...parts]).toEqual(expected.token_type_ids);
    }
    model.dispose();
  });
});
