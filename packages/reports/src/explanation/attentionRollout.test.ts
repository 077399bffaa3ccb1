// Rollout of attention that is known, by hand, and of built models: what is absent, the first real token, refusals, and
// the check that it follows the weights (Adebayo et al. 2018, Sanity checks for saliency maps).
import '@tensorflow/tfjs-backend-cpu';
import { memory, setBackend, tensor2d, tensor4d, type Tensor4D } from '@tensorflow/tfjs-core';
import {
  createWorkbench,
  eagerRunner,
  functionRunner,
  inversifyContainer,
  SpecError,
  type Model,
  type PreparedSample,
} from '@tessera/core';
import { fusionPlugin } from '@tessera/fusion';
import { objectivesPlugin } from '@tessera/objectives';
import { textPlugin } from '@tessera/text';
import { trainingPlugin } from '@tessera/training';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ClsAttention, ExplainedModel } from './attentionPass.js';
import { attentionRollout } from './attentionRollout.js';
import { drawAnew, rankCorrelation } from '../../test/sanityCheck.js';

beforeEach(async () => {
  await setBackend('cpu');
});

/** [CLS] a b padding: the mean over heads is what is given; the heads differ. */
const layerOf = (rows: readonly (readonly number[])[]): Tensor4D =>
  tensor4d([[1.5, 0.5].map((factor) => rows.map((row) => row.map((share) => factor * share)))]);

const layers = [
  [
    [0.2, 0.4, 0.4, 0],
    [0.6, 0.2, 0.2, 0],
    [0, 0.5, 0.5, 0],
    [0, 1, 0, 0],
  ],
  [
    [0.4, 0.2, 0.4, 0],
    [1, 0, 0, 0],
    [0, 1, 0, 0],
    [0, 0, 1, 0],
  ],
];

const knownModel = (first = 0): ExplainedModel =>
  ({
    key: 'known/',
    runner: eagerRunner,
    spec: { fusion: { type: 'known' } },
    encoders: new Map([
      ['one', { describeTokens: () => [{ kind: 'text', text: 'a' }] }],
      ['two', { describeTokens: () => [{ kind: 'text', text: 'b' }] }],
    ]),
    collate: () => ({ size: 1, inputs: {}, present: {}, targets: {}, labelled: {} }),
    forward: () => ({
      logits: { kind: tensor2d([[3]]) },
      state: {
        mask: tensor2d([[0, 1, 2, 3].map((place) => (place < first || place === 3 ? 0 : 1))]),
        attentions: layers.map(layerOf),
        spans: [
          { modality: 'one', start: 1, length: 1 },
          { modality: 'two', start: 2, length: 2 },
        ],
      },
    }),
  }) as unknown as ExplainedModel;

const given: PreparedSample = { id: 'one', inputs: { one: 'a', two: 'b' }, targets: {}, origin: 'row 1' };
const shares = ({ modalities }: ClsAttention): number[] =>
  modalities.flatMap(({ tokens }) => tokens.map(({ attention }) => attention));

describe('attentionRollout of known attention', () => {
  it('is the row of [CLS] in the product of the layers, each with half of it the residual', async () => {
    // Â_2 of [CLS] is (0.7, 0.1, 0.2, 0); Â_1 has rows (0.6, 0.2, 0.2), (0.3, 0.6, 0.1), (0, 0.25, 0.75).
    const rollout = await attentionRollout(knownModel(), given);
    [0.25, 0.3].forEach((share, i) => expect(shares(rollout)[i]).toBeCloseTo(share, 6));
    expect(rollout.special).toBeCloseTo(0.45, 6);
    expect(rollout.modalities.map(({ total }) => total)).toEqual([shares(rollout)[0], shares(rollout)[1]]);
    expect([...(rollout.logits['kind'] ?? [])]).toEqual([3]);
  });

  it('starts at the first real token where the sequence begins with an absent input', async () => {
    // Â_2 of a is (0.5, 0.5, 0, 0): the mean of Â_1's first two rows.
    const rollout = await attentionRollout(knownModel(1), given);
    [0.4, 0.15].forEach((share, i) => expect(shares(rollout)[i]).toBeCloseTo(share, 6));
  });
});

describe('attentionRollout of a built model', () => {
  const plugins = [textPlugin, fusionPlugin, objectivesPlugin, trainingPlugin];
  const workbench = createWorkbench({ plugins });
  const texts = ['a cat and a dog', 'the red saw'];
  const encoder = { encoder: 'wordpiece', maxTokens: 8 };
  const size = { hiddenSize: 8, numLayers: 2, numHeads: 2 };
  const bitransformer = { type: 'bitransformer', ...size, maxPositions: 32 };
  const training = {
    name: 'train',
    origin: 'memory',
    length: texts.length,
    sample: (i: number) => ({
      id: String(i),
      inputs: { title: texts[i], body: texts[1 - i] },
      targets: { kind: ['pet', 'tool'][i] },
      origin: `sample ${i}`,
    }),
  };
  const built: Model[] = [];
  afterEach(() => built.splice(0).forEach((model) => model.dispose()));

  async function build(fusion: object = bitransformer, change: object = {}, on = workbench): Promise<Model> {
    const text = { ...encoder, ...change };
    const heads = { kind: { type: 'single-label' } };
    const spec = { name: 'tiny', modalities: { title: text, body: text }, fusion, heads };
    const model = (await on.build(spec as never, { training })) as unknown as Model;
    built.push(model);
    return model;
  }

  it('shares 1 out over words, [CLS] and [SEP], and [CLS] keeps at least its residual', async () => {
    const model = await build();
    const rollout = await attentionRollout(
      model,
      await model.prepare({ inputs: { title: 'a red cat', body: 'the saw' } }),
    );
    expect(shares(rollout)).toHaveLength(5);
    expect(Math.min(...shares(rollout))).toBeGreaterThan(0);
    expect(rollout.special).toBeGreaterThan(0.25);
    expect(shares(rollout).reduce((sum, share) => sum + share, rollout.special)).toBeCloseTo(1, 5);
  });

  it('gives padding and absent inputs exactly nothing', async () => {
    const container = inversifyContainer();
    container.bind(functionRunner, { value: { ...eagerRunner, captures: true } }); // blocks are padded to 8
    const padded = createWorkbench({ plugins, container });
    const [model, plain] = [await build(bitransformer, {}, padded), await build()];
    for (const inputs of [{ title: 'a cat', body: 'the saw' }, { body: 'the saw' }, { title: 'a cat' }]) {
      const found = await attentionRollout(model, await model.prepare({ inputs }));
      const expected = await attentionRollout(plain, await plain.prepare({ inputs }));
      expect(shares(found)).toHaveLength(2 * Object.keys(inputs).length);
      shares(found).forEach((share, i) => expect(share).toBeCloseTo(shares(expected)[i] ?? NaN, 6));
      expect(found.modalities.map(({ total }) => total > 0)).toEqual(['title' in inputs, 'body' in inputs]);
    }
  });

  it('reads from the first word that is there where the fusion sets no [CLS]', async () => {
    const model = await build({ ...bitransformer, specialTokens: 'none' });
    const { modalities, special } = await attentionRollout(model, await model.prepare({ inputs: { body: 'the saw' } }));
    const [title, body] = modalities;
    expect(title?.total).toBe(0);
    expect(body?.total).toBeCloseTo(1, 5);
    expect(body?.tokens[0]?.attention).toBeGreaterThan(0.25);
    expect(special).toBeCloseTo(0, 5);
  });

  it('gives all to the one token of a sequence of one', async () => {
    const spec = {
      name: 'one',
      modalities: { title: encoder },
      fusion: { ...bitransformer, specialTokens: 'none' },
      heads: { kind: { type: 'single-label' } },
    };
    const model = (await workbench.build(spec as never, { training })) as unknown as Model;
    built.push(model);
    const rollout = await attentionRollout(model, await model.prepare({ inputs: { title: 'cat' } }));
    expect(shares(rollout)).toEqual([1]);
    expect(rollout.special).toBe(0);
  });

  it('counts what the learned token of an absent input gets as its total', async () => {
    const model = await build(bitransformer, { absent: 'token' });
    const { modalities } = await attentionRollout(model, await model.prepare({ inputs: { body: 'the saw' } }));
    expect(modalities[0]).toMatchObject({ modality: 'title', tokens: [] });
    expect(modalities[0]?.total).toBeGreaterThan(0);
  });

  it.each([
    ['concat', { type: 'concat' }],
    ['late', { type: 'late' }],
    ['gated', { type: 'gated', hiddenSize: 8 }],
    ['bottleneck', { type: 'bottleneck', ...size, fusionLayer: 0 }],
  ])('refuses fusion %s, which has no attention over all tokens, and says what to take', async (name, fusion) => {
    const model = await build(fusion, { encoder: 'bow' });
    const prepared = await model.prepare({ inputs: { title: 'a cat', body: 'the saw' } });
    const before = memory().numTensors;
    const refused = attentionRollout(model, prepared);
    await expect(refused).rejects.toThrow(SpecError);
    await expect(refused).rejects.toThrow(
      `fusion: attention rollout needs one attention over the tokens of all modalities, got fusion "${name}", which has none. Give a model with fusion bitransformer, or take integrated gradients`,
    );
    expect(memory().numTensors).toBe(before);
  });

  it('leaves no tensor behind', async () => {
    const model = await build();
    const prepared = await model.prepare({ inputs: { title: 'a red cat' } });
    const before = memory().numTensors;
    await attentionRollout(model, prepared);
    expect(memory().numTensors).toBe(before);
  });

  it('follows the weights: those of the layers drawn anew order the words differently', async () => {
    const model = await build();
    const prepared = await model.prepare({ inputs: { title: 'a red cat', body: 'the saw and the dog' } });
    const before = shares(await attentionRollout(model, prepared));
    expect(shares(await attentionRollout(model, prepared))).toEqual(before);
    const found: number[] = [];
    for (let seed = 1; seed <= 16; seed++) {
      drawAnew(model, 'fusion.layers', seed);
      found.push(rankCorrelation(before, shares(await attentionRollout(model, prepared))));
    }
    expect(Math.abs(found.reduce((total, value) => total + value, 0) / found.length)).toBeLessThan(0.5);
  });

  it('does not follow the head: attention does not depend on it', async () => {
    const model = await build();
    const prepared = await model.prepare({ inputs: { title: 'a red cat', body: 'the saw' } });
    const before = shares(await attentionRollout(model, prepared));
    drawAnew(model, 'heads', 1);
    expect(shares(await attentionRollout(model, prepared))).toEqual(before);
  });
});
