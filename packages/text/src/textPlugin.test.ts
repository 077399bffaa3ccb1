// The encoders as a spec names them, with the fusions, heads and optimizers that models are made of.
import '@tensorflow/tfjs-backend-cpu';
import { memory, setBackend, type Tensor2D } from '@tensorflow/tfjs-core';
import { createWorkbench, inferenceContext, type Model, type Split } from '@tessera/core';
import { fusionPlugin } from '@tessera/fusion';
import { objectivesPlugin } from '@tessera/objectives';
import { trainingPlugin } from '@tessera/training';
import { beforeAll, describe, expect, expectTypeOf, it } from 'vitest';
import type { RawText } from './input/rawText.js';
import { textPlugin } from './textPlugin.js';

beforeAll(async () => {
  await setBackend('cpu');
});

const workbench = createWorkbench({ plugins: [textPlugin, fusionPlugin, objectivesPlugin, trainingPlugin] });
const bitransformer = { type: 'bitransformer', hiddenSize: 8, numLayers: 1, numHeads: 2, maxPositions: 16 } as const;
const heads = { kind: { type: 'single-label', labels: ['pet', 'tool'] } } as const;
const tinyBert = { encoder: 'bert', hiddenSize: 8, numLayers: 1, numHeads: 2, maxTokens: 8, maxPositions: 8 } as const;

const training = (rows: readonly Record<string, unknown>[]): Split => ({
  name: 'train',
  origin: 'memory',
  length: rows.length,
  sample: (i) => ({ id: `${i}`, inputs: rows[i] ?? {}, targets: { kind: 'pet' }, origin: `row ${i + 1}` }),
});

const pathsOf = (model: Model): string[] => model.parameters.list().map(({ path }) => path);

describe('wordpiece', () => {
  const spec = {
    modalities: { title: { encoder: 'wordpiece', maxTokens: 8 }, body: { encoder: 'wordpiece', maxTokens: 8 } },
    fusion: bitransformer,
    heads,
  } as const;

  it('shares one vocabulary and one table, that of the fusion, between modalities', async () => {
    const rows = [{ title: 'cat', body: 'a cat sat' }, { title: 'dog' }];
    const model = await workbench.build(spec, { training: training(rows) });
    expect(model.assets['modalities.title']).toEqual(model.assets['modalities.body']);
    const table = model.parameters.find('fusion.embeddings.word.weight');
    // Five special tokens, and a, cat, dog, sat.
    expect(table?.shape).toEqual([9, 8]);
    expect(pathsOf(model as unknown as Model).filter((path) => path.startsWith('modalities.'))).toEqual([]);
    const values = (await (table?.value as unknown as Tensor2D).array()) as number[][];
    for (const [name, text] of [
      ['title', 'dog cat'],
      ['body', 'dog cat'],
    ] as const) {
      const encoder = model.encoders.get(name);
      const batch = encoder?.collate([await encoder.prepare(text, {})]) ?? {};
      const block = encoder?.encode(batch, inferenceContext());
      const ids = (await (batch['ids'] as Tensor2D).array())[0] ?? [];
      expect(await block?.tokens.array()).toEqual([ids.map((id) => values[id])]);
    }
    model.dispose();
  });

  it('is refused under a fusion without a word table', async () => {
    const built = workbench.build({ ...spec, fusion: { type: 'concat' } }, { training: training([{ title: 'a' }]) });
    await expect(built).rejects.toThrow(
      /^modalities\.title: encoder "wordpiece" needs the word table.*Use fusion bitransformer or bottleneck, or encoder bert or bow/,
    );
  });
});

describe('every text encoder', () => {
  const encoders = {
    wordpiece: { encoder: 'wordpiece', maxTokens: 8 },
    bert: tinyBert,
    bow: { encoder: 'bow', dimension: 4 },
  };

  it.each(Object.entries(encoders))('%s: learns its vocabulary, predicts and frees what it held', async (_, text) => {
    const before = memory().numTensors;
    const resolved = workbench.resolve({ modalities: { text, other: text }, fusion: bitransformer, heads });
    const rows = [{ text: 'a cat', other: 'unheard of' }, { text: 'a hammer' }];
    const model = await workbench.buildResolved(resolved, { training: training(rows) });
    const predict = (inputs: object): Promise<unknown> => model.predict(inputs);
    for (const inputs of [{ text: 'a dog and a cat' }, { text: '' }, { other: 'a cat' }, { text: 'a', other: '' }]) {
      expect(await predict(inputs)).toHaveProperty('kind');
    }
    const held = memory().numTensors;
    await predict({ text: 'a cat' });
    expect(memory().numTensors).toBe(held);
    await expect(predict({ text: 3 })).rejects.toThrow(/text: Text: must be a string, got 3/);
    model.dispose();
    expect(memory().numTensors).toBe(before);
  });

  it('needs a vocabulary, or texts to learn one from', async () => {
    for (const text of Object.values(encoders)) {
      const resolved = workbench.resolve({ modalities: { text }, fusion: bitransformer, heads });
      await expect(workbench.buildResolved(resolved)).rejects.toThrow(/modalities\.text\.vocab: is required where/);
    }
  });
});

describe('specs', () => {
  const resolve = (text: object) => () => workbench.resolve({ modalities: { text }, fusion: bitransformer, heads });

  it('infers what a raw text is, and refuses options that are misspelt', () => {
    const spec = workbench.defineModel({ modalities: { text: tinyBert }, fusion: bitransformer, heads });
    expect(spec.modalities.text.hiddenSize).toBe(8);
    type Inputs = Parameters<Awaited<ReturnType<typeof workbench.build<typeof spec>>>['predict']>[0];
    expectTypeOf<Inputs['text']>().toEqualTypeOf<RawText | undefined>();
    const misspelt = { modalities: { text: { encoder: 'bow', dimensions: 3 } }, fusion: bitransformer, heads } as const;
    // @ts-expect-error a misspelt option does not compile
    expect(() => workbench.defineModel(misspelt)).toThrow(/modalities\.text\.dimensions: unknown key.*"dimension"/);
  });

  const faults: Readonly<Record<string, readonly [text: object, message: RegExp]>> = {
    'a vocabulary too small for its special tokens': [
      { encoder: 'wordpiece', vocabSize: 5 },
      /text\.vocabSize: must be/,
    ],
    'no room for tokens': [{ encoder: 'bert', maxTokens: 0 }, /text\.maxTokens: must be/],
    'an unknown reduction': [{ encoder: 'bow', reduction: 'max' }, /text\.reduction: must be.*mean/],
    'everything dropped': [{ encoder: 'bert', dropoutRate: 1 }, /text\.dropoutRate: must be/],
    'a file without a name': [{ encoder: 'bow', glove: '' }, /text\.glove: must/],
  };
  it.each(Object.entries(faults))('refuse %s', (_, [text, message]) => {
    expect(resolve(text)).toThrow(message);
  });

  it('refuse widths that heads cannot share, once the encoder is built', async () => {
    const resolved = workbench.resolve({
      modalities: { text: { ...tinyBert, hiddenSize: 10, numHeads: 4 } },
      fusion: bitransformer,
      heads,
    });
    const built = workbench.buildResolved(resolved, { training: training([{ text: 'a' }]) });
    await expect(built).rejects.toThrow(/modalities\.text.*hiddenSize.*numHeads/);
  });
});
