// The fusions as a spec names them, with encoders that hand over what they are given.
import '@tensorflow/tfjs-backend-cpu';
import { memory, setBackend, tensor2d, tensor3d, tidy, type Tensor2D, type Tensor3D } from '@tensorflow/tfjs-core';
import {
  createWorkbench,
  defineEncoder,
  defineHead,
  defineLoss,
  definePlugin,
  inferenceContext,
  tokenEmbeddings,
  type TokenBlock,
} from '@tessera/core';
import { Linear } from '@tessera/layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { fusionPlugin } from './fusionPlugin.js';

beforeAll(async () => {
  await setBackend('cpu');
});

/** Texts as lists of ids; they share the fusion's word table. */
const idList = defineEncoder<number[]>()({
  name: 'id-list',
  summary: 'Ids of words.',
  config: z.strictObject({ vocabSize: z.int().default(20) }),
  needs: { words: tokenEmbeddings },
  create: ({ vocabSize }, { words }) => {
    words.useVocabulary({ size: vocabSize, padId: 0, clsId: 1, sepId: 2, fingerprint: String(vocabSize) });
    return {
      tokenWidth: words.width,
      maxTokens: 4,
      fixedLength: false,
      tokenSpace: 'fusion',
      numParts: 1,
      towerPaths: [words.layersPath],
      prepare: (raw) => Promise.resolve(raw),
      collate: (items) => {
        const rows = items.map((item) => Array.from({ length: 4 }, (_, i) => (item as number[] | undefined)?.[i] ?? 0));
        const mask = items.map((item) =>
          Array.from({ length: 4 }, (_, i) => Number(i < ((item as number[] | undefined)?.length ?? 0))),
        );
        return { ids: tensor2d(rows, undefined, 'int32'), mask: tensor2d(mask) };
      },
      encode: ({ ids, mask }): TokenBlock => ({
        tokens: words.lookup(ids as Tensor2D),
        mask: (mask as Tensor2D).clone(),
      }),
      describeTokens: () => [],
    };
  },
});

/** One token of two numbers. */
const point = defineEncoder<[number, number]>()({
  name: 'point',
  summary: 'Two numbers.',
  config: z.strictObject({}),
  create: () => ({
    tokenWidth: 2,
    maxTokens: 1,
    fixedLength: true,
    tokenSpace: 'encoder',
    numParts: 1,
    towerPaths: [],
    prepare: (raw) => Promise.resolve(raw),
    collate: (items) => ({
      tokens: tensor3d(items.map((item) => [(item as [number, number] | undefined) ?? [0, 0]])),
      mask: tensor2d(items.map((item) => [item ? 1 : 0])),
    }),
    encode: ({ tokens, mask }): TokenBlock => ({
      tokens: (tokens as Tensor3D).clone(),
      mask: (mask as Tensor2D).clone(),
    }),
    describeTokens: () => [],
  }),
});

const score = defineHead<number, number>()({
  name: 'score',
  summary: 'One number.',
  config: z.strictObject({}),
  create: (_options, _services, { parameters, inputWidth }) => {
    const dense = new Linear(parameters, inputWidth, 1);
    return {
      targetKind: 'real',
      numOutputs: 1,
      labels: ['score'],
      mainMetric: 'mse',
      defaultMetrics: [],
      logits: (state) => dense.apply(state.pooled),
      checkTarget: () => undefined,
      encodeTarget: (target) => [target],
      encodePrediction: (logits) => Array.from(logits),
      collateTargets: (targets) => tensor2d(targets.map((target) => [target ?? 0])),
      scores: (logits) => logits,
      decode: (logits) => logits[0] ?? NaN,
    };
  },
});

const mse = defineLoss({
  name: 'mse',
  summary: 'Never computed here.',
  config: z.strictObject({}),
  create: () => ({
    targetKind: 'real',
    terms: () => {
      throw new Error('not computed in these tests');
    },
  }),
});

const plugin = definePlugin({ name: 'stand-ins', components: [idList, point, score, mse] });
const workbench = createWorkbench({ plugins: [fusionPlugin, plugin] });
// Optimizers and schedules have no part in building a model.
const build = (spec: object) => {
  const resolved = {
    name: 'test',
    initialize: {},
    training: { seed: 1 },
    heads: { score: { type: 'score', options: {}, weight: 1 } },
    ...spec,
  };
  return workbench.buildResolved(resolved as never, { assets: {} });
};
const small = { hiddenSize: 8, numLayers: 1, numHeads: 2 };
const fusionOf = (type: 'bitransformer' | 'concat' | 'late', options: object = {}) => ({
  type,
  options: workbench.registry.get('fusion', type).config.parse(options),
});
const textOf = (vocabSize = 20) => ({ type: 'id-list', options: { vocabSize } });

describe('fusions in a model', () => {
  it('share the bitransformer’s word table with every text modality', async () => {
    const model = await build({
      modalities: { title: textOf(), point: { type: 'point', options: {} }, body: textOf() },
      fusion: fusionOf('bitransformer', small),
    });
    expect(model.parameters.find('fusion.embeddings.word.weight')?.shape).toEqual([20, 8]);
    expect(model.parameters.find('fusion.embeddings.segment.weight')?.shape).toEqual([3, 8]);
    expect(model.parameters.list().filter(({ path }) => path.startsWith('fusion.projections'))).toHaveLength(2);
    model.dispose();
  });

  it('refuse two vocabularies, and a text that needs the table of a fusion without one', async () => {
    await expect(
      build({ modalities: { title: textOf(20), body: textOf(21) }, fusion: fusionOf('bitransformer', small) }),
    ).rejects.toThrow('must have one vocabulary');
    await expect(build({ modalities: { title: textOf() }, fusion: fusionOf('concat') })).rejects.toThrow(
      'Use fusion bitransformer',
    );
  });

  it('refuse a width that the heads do not divide before any encoder is built', async () => {
    const fusion = fusionOf('bitransformer', { hiddenSize: 100, numHeads: 12 });
    await expect(build({ modalities: { title: textOf() }, fusion })).rejects.toThrow(
      'fusion.hiddenSize: must be divisible by numHeads, got hiddenSize=100, numHeads=12. Use 96 or 108.',
    );
  });

  it('has a head for each modality under late fusion, and averages over what is present', async () => {
    const one = { type: 'point', options: {} };
    const model = await build({ modalities: { near: one, far: one }, fusion: fusionOf('late') });
    const paths = model.parameters.list().map(({ path }) => path);
    expect(paths).toEqual(
      ['near', 'far'].flatMap((name) => [`heads.score.${name}.weight`, `heads.score.${name}.bias`]),
    );
    const logitsOf = async (inputs: object): Promise<number> => {
      const [row] = await model.logits([await model.prepare({ inputs: inputs as Record<string, unknown> })]);
      return row?.['score']?.[0] ?? NaN;
    };
    const [near, far] = [await logitsOf({ near: [1, 2] }), await logitsOf({ far: [3, -1] })];
    expect(await logitsOf({ near: [1, 2], far: [3, -1] })).toBeCloseTo((near + far) / 2, 6);
    expect(Math.abs(near - far)).toBeGreaterThan(1e-3);
    model.dispose();
  });

  it('are named with their nearest name when misspelt', () => {
    expect(() => workbench.resolve({ modalities: {}, fusion: { type: 'bitransformr' }, heads: {} })).toThrow(
      'Did you mean "bitransformer"?',
    );
  });

  it.each(['bitransformer', 'concat'] as const)(
    '%s predicts with a modality missing and leaves no tensors',
    async (type) => {
      const point1 = { type: 'point', options: {} };
      const text = type === 'bitransformer' ? { text: textOf() } : { second: point1 };
      const model = await build({
        modalities: { point: point1, ...text },
        fusion: fusionOf(type, type === 'concat' ? {} : small),
      });
      const prepared = await Promise.all([
        model.prepare({ inputs: { point: [1, 2] } }),
        model.prepare({ inputs: { point: [3, 4] } }),
      ]);
      const run = (): void => {
        const batch = model.collate(prepared);
        const logits = tidy(() => model.forward(batch, inferenceContext()).logits);
        expect(logits['score']?.shape).toEqual([2, 1]);
        logits['score']?.dispose();
        for (const group of [batch.present, batch.targets, batch.labelled, ...Object.values(batch.inputs)]) {
          for (const tensor of Object.values(group)) tensor.dispose();
        }
      };
      run();
      const before = memory().numTensors;
      run();
      expect(memory().numTensors).toBe(before);
      model.dispose();
    },
  );
});
