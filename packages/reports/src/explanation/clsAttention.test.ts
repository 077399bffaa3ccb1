import '@tensorflow/tfjs-backend-cpu';
import { memory, setBackend, tensor2d, tensor3d, tensor4d, type Tensor4D } from '@tensorflow/tfjs-core';
import {
  createWorkbench,
  Model,
  ParameterStore,
  SpecError,
  type BuiltHead,
  type Encoder,
  type Fusion,
  type TokenDescription,
} from '@tessera/core';
import { fusionPlugin } from '@tessera/fusion';
import { objectivesPlugin } from '@tessera/objectives';
import { textPlugin } from '@tessera/text';
import { trainingPlugin } from '@tessera/training';
import { beforeAll, describe, expect, it } from 'vitest';
import { clsAttention } from './clsAttention.js';

beforeAll(async () => {
  await setBackend('cpu');
});

const region = (row: number, column: number): TokenDescription => ({
  kind: 'region',
  row,
  column,
  rows: 2,
  columns: 2,
});
const word = (text: string): TokenDescription => ({ kind: 'text', text });

/** An encoder of `length` tokens, the first of which are described. */
const encoderOf = (length: number, describeTokens: () => readonly TokenDescription[]): Encoder => ({
  tokenWidth: 1,
  maxTokens: length,
  fixedLength: true,
  tokenSpace: 'encoder',
  numParts: 1,
  towerPaths: [],
  prepare: (raw) => Promise.resolve(raw),
  collate: (items) => ({ present: tensor2d(items.map((item) => [item === undefined ? 0 : 1])) }),
  encode: () => ({
    tokens: tensor3d(new Float32Array(length), [1, length, 1]),
    mask: tensor2d([Array(length).fill(1)]),
  }),
  describeTokens,
});

// [CLS] a a a a [SEP] w w pad [SEP]: what [CLS] gives to each, by layer and head. 8 stands in every other row.
const fromCls = [
  [
    [0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1],
    [1, 0, 0, 0, 0, 0, 0, 0, 0, 0],
  ],
  [
    [0.1, 0.2, 0, 0.1, 0, 0.1, 0.3, 0.2, 0, 0],
    [0.1, 0, 0.4, 0.1, 0, 0.1, 0.1, 0, 0, 0.2],
  ],
];
const layer = (heads: readonly (readonly number[])[]): Tensor4D =>
  tensor4d([heads.map((row) => row.map((_, q) => (q === 0 ? [...row] : row.map(() => 8))))]);

const knownFusion: Fusion = {
  pooledWidth: 1,
  fuse: () => ({
    pooled: tensor2d([[3]]),
    attentions: fromCls.map(layer),
    spans: [
      { modality: 'image', start: 1, length: 4 },
      { modality: 'text', start: 6, length: 3 },
    ],
  }),
} as unknown as Fusion;

function knownModel(): Model {
  const regions = [region(0, 0), region(0, 1), region(1, 0), region(1, 1)];
  return new Model({
    spec: { name: 'known', fusion: { type: 'known' } } as never,
    encoders: new Map([
      ['image', encoderOf(4, () => regions)],
      ['text', encoderOf(3, () => [word('two'), word('words')])],
    ]),
    fusion: knownFusion,
    heads: new Map([
      ['kind', { head: { logits: ({ pooled }: { pooled: object }) => pooled } } as unknown as BuiltHead],
    ]),
    parameters: new ParameterStore(1),
    assets: {},
    dispose: () => undefined,
  });
}

const sample = (inputs: Record<string, unknown>) => ({ id: 'one', inputs, targets: {}, origin: 'test' });
const both = sample({ image: 'picture', text: 'two words' });

describe('clsAttention of known attention', () => {
  it('gives each token what [CLS] gave it in the last layer, mean over the heads', async () => {
    const { modalities, special, logits } = await clsAttention(knownModel(), both);
    const [image, text] = modalities;
    expect(image?.tokens.map(({ description }) => description)).toEqual([
      region(0, 0),
      region(0, 1),
      region(1, 0),
      region(1, 1),
    ]);
    [0.1, 0.2, 0.1, 0].forEach((share, i) => expect(image?.tokens[i]?.attention).toBeCloseTo(share, 6));
    expect(text?.tokens.map(({ description }) => description)).toEqual([word('two'), word('words')]);
    [0.2, 0.1].forEach((share, i) => expect(text?.tokens[i]?.attention).toBeCloseTo(share, 6));
    expect(image?.total).toBeCloseTo(0.4, 6);
    expect(text?.total).toBeCloseTo(0.3, 6);
    expect(special).toBeCloseTo(0.3, 6);
    expect([...(logits['kind'] ?? [])]).toEqual([3]);
  });

  it('takes the mean over all layers when asked to', async () => {
    const { modalities } = await clsAttention(knownModel(), both, 'all');
    // Layer 1 gives 0.05 to every token but [CLS], as the mean of its heads.
    [0.075, 0.125, 0.075, 0.025].forEach((share, i) =>
      expect(modalities[0]?.tokens[i]?.attention).toBeCloseTo(share, 6),
    );
  });

  it('describes no token of an absent modality, but counts what a learned token of it got', async () => {
    const { modalities, special } = await clsAttention(knownModel(), sample({ text: 'two words' }));
    expect(modalities[0]).toMatchObject({ modality: 'image', tokens: [] });
    expect(modalities[0]?.total).toBeCloseTo(0.4, 6);
    expect(special).toBeCloseTo(0.3, 6);
  });

  it('leaves no tensor behind', async () => {
    const model = knownModel();
    const before = memory().numTensors;
    await clsAttention(model, both);
    await clsAttention(model, both, 'all');
    expect(memory().numTensors).toBe(before);
  });
});

describe('clsAttention of a built model', () => {
  const workbench = createWorkbench({ plugins: [textPlugin, fusionPlugin, objectivesPlugin, trainingPlugin] });
  const texts = ['a cat and a dog', 'the saw'];
  const training = {
    name: 'train',
    origin: 'memory',
    length: texts.length,
    sample: (i: number) => ({
      id: String(i),
      inputs: { title: texts[i], body: texts[1 - i] },
      targets: { kind: i ? 'tool' : 'pet' },
      origin: `sample ${i}`,
    }),
  };
  const build = (encoder: 'wordpiece' | 'bow', fusion: Record<string, unknown>) =>
    workbench.build(
      {
        name: 'tiny',
        modalities: { title: { encoder, maxTokens: 8 }, body: { encoder, maxTokens: 8 } },
        fusion,
        heads: { kind: { type: 'single-label' } },
      } as never,
      { training },
    ) as unknown as Promise<Model>;
  const bitransformer = { type: 'bitransformer', hiddenSize: 8, numLayers: 2, numHeads: 2, maxPositions: 16 };

  it('shares all attention out over words and special tokens, modality by modality', async () => {
    const model = await build('wordpiece', bitransformer);
    const prepared = await model.prepare({ inputs: { title: 'a cat', body: 'the saw and the dog' } });
    const { modalities, special, logits } = await clsAttention(model, prepared);
    const words = modalities.map(({ tokens }) =>
      tokens.map(({ description }) => (description as { text: string }).text),
    );
    expect(words).toEqual([
      ['a', 'cat'],
      ['the', 'saw', 'and', 'the', 'dog'],
    ]);
    const all = modalities.flatMap(({ tokens }) => tokens.map(({ attention }) => attention));
    expect(Math.min(...all)).toBeGreaterThan(0);
    expect(special).toBeGreaterThan(0); // [CLS] and [SEP], none of it on padding
    expect(all.reduce((sum, share) => sum + share, special)).toBeCloseTo(1, 5);
    expect(logits['kind']).toEqual((await model.logits([prepared]))[0]?.['kind']);
    model.dispose();
  });

  it('refuses a fusion without attention and says which has it', async () => {
    const model = await build('bow', { type: 'concat' });
    const before = memory().numTensors;
    const explained = clsAttention(model, await model.prepare({ inputs: { title: 'a cat', body: 'the saw' } }));
    await expect(explained).rejects.toThrow(SpecError);
    await expect(explained).rejects.toThrow(
      'attention of [CLS] needs one attention over the tokens of all modalities, got fusion "concat", which has none. Give a model with fusion bitransformer',
    );
    expect(memory().numTensors).toBe(before);
    model.dispose();
  });
});
