// Checked by the compiler: what must be inferred from the plugins in use, and what must not compile.
import { describe, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import {
  createWorkbench,
  defineEncoder,
  defineFusion,
  defineHead,
  defineLoss,
  defineMetric,
  defineOptimizer,
  definePlugin,
  token,
  type Encoder,
  type Fusion,
  type Head,
  type InputsOf,
  type Loss,
  type Metric,
  type Model,
  type Optimizer,
  type PredictionsOf,
  type TargetsOf,
} from '../index.js';

declare const anyEncoder: Encoder<never, never>;
declare const anyFusion: Fusion;
declare const loss: Loss;
declare const metric: Metric;
declare const optimizer: Optimizer;

interface Table {
  lookup(ids: readonly number[]): string;
}
const table = token<Table>('types.Table', 'a table');

const text = definePlugin({
  name: 'text',
  components: [
    defineEncoder<string>()({
      name: 'wordpiece',
      summary: '',
      config: z.object({ vocab: z.string(), maxTokens: z.int().positive().default(128) }),
      needs: { embeddings: table },
      create: ({ vocab, maxTokens }, { embeddings }, { modality, assets }) => {
        expectTypeOf(vocab).toEqualTypeOf<string>();
        expectTypeOf(maxTokens).toEqualTypeOf<number>();
        expectTypeOf(embeddings).toEqualTypeOf<Table>();
        expectTypeOf(modality).toEqualTypeOf<string>();
        expectTypeOf(assets).toEqualTypeOf<Readonly<Record<string, string>>>();
        return anyEncoder;
      },
    }),
  ],
});
const vision = definePlugin({
  name: 'vision',
  components: [
    defineEncoder<Uint8Array | string>()({
      name: 'resnet152',
      summary: '',
      config: z.object({ pool: z.object({ grid: z.tuple([z.int().positive(), z.int().positive()]) }) }),
      create: () => anyEncoder,
    }),
  ],
});
const objectives = definePlugin({
  name: 'objectives',
  components: [
    defineFusion({
      name: 'bitransformer',
      summary: '',
      config: z.object({ numLayers: z.int().positive() }),
      create: () => anyFusion,
    }),
    defineHead<string, { label: string; probabilities: Record<string, number> }>()({
      name: 'single-label',
      summary: '',
      config: z.object({}),
      create: () => ({}) as Head<string, { label: string; probabilities: Record<string, number> }>,
    }),
    defineHead<readonly string[], { labels: string[] }>()({
      name: 'multi-label',
      summary: '',
      config: z.object({ threshold: z.number().default(0.5) }),
      create: () => ({}) as Head<readonly string[], { labels: string[] }>,
    }),
    defineLoss({ name: 'focal', summary: '', config: z.object({ gamma: z.number().default(2) }), create: () => loss }),
    defineMetric({ name: 'accuracy', summary: '', config: z.object({}), create: () => metric }),
    defineOptimizer({
      name: 'adamw',
      summary: '',
      config: z.object({ learningRate: z.number() }),
      create: () => optimizer,
    }),
  ],
});

const workbench = createWorkbench({ plugins: [text, vision, objectives] });
const spec = workbench.defineModel({
  modalities: {
    poster: { encoder: 'resnet152', pool: { grid: [5, 5] } },
    plot: { encoder: 'wordpiece', vocab: './vocab.txt' },
  },
  fusion: { type: 'bitransformer', numLayers: 12 },
  heads: {
    genres: { type: 'multi-label', loss: { type: 'focal', gamma: 1 }, weight: 2 },
    rating: { type: 'single-label' },
  },
  training: { epochs: 3, optimizer: { type: 'adamw', learningRate: 1e-4 }, freeze: { poster: 3 } },
});
const build = () => workbench.build(spec);
type Parts = typeof workbench extends { build(spec: never): Promise<Model<infer C, never>> } ? C : never;

describe('samples and predictions', () => {
  it('are inferred from spec and plugins', async () => {
    const model = await build();
    const { genres, rating } = await model.predict({ poster: new Uint8Array(), plot: 'A heist.' });
    expectTypeOf(genres).toEqualTypeOf<{ labels: string[] }>();
    expectTypeOf(rating).toEqualTypeOf<{ label: string; probabilities: Record<string, number> }>();
    expectTypeOf<Parameters<typeof model.predict>[0]>().toEqualTypeOf<{
      readonly poster?: Uint8Array | string;
      readonly plot?: string;
    }>();
  });

  it('are inferred for lists too', async () => {
    const model = await build();
    const predictions = await model.predictAll([{ plot: 'A heist.' }, { poster: 'a.jpg' }]);
    expectTypeOf(predictions[0]).toEqualTypeOf<
      | {
          readonly genres: { labels: string[] };
          readonly rating: { label: string; probabilities: Record<string, number> };
        }
      | undefined
    >();
  });

  it('have types of their own', () => {
    expectTypeOf<InputsOf<Parts, typeof spec>>().toEqualTypeOf<{
      readonly poster?: Uint8Array | string;
      readonly plot?: string;
    }>();
    expectTypeOf<TargetsOf<Parts, typeof spec>>().toEqualTypeOf<{
      readonly genres?: readonly string[];
      readonly rating?: string;
    }>();
    expectTypeOf<keyof PredictionsOf<Parts, typeof spec>>().toEqualTypeOf<'genres' | 'rating'>();
  });

  it('must fit the spec', async () => {
    const model = await build();
    // @ts-expect-error a modality that the spec lacks
    await model.predict({ poster: 'a.jpg', story: 'x' });
    // @ts-expect-error a picture where text belongs
    await model.predict({ plot: new Uint8Array() });
    // @ts-expect-error no such head
    void (await model.predict({})).genre;
  });
});

describe('a spec', () => {
  const fusion = { type: 'bitransformer', numLayers: 1 } as const;
  const heads = { rating: { type: 'single-label' } } as const;
  const modalities = { a: { encoder: 'wordpiece', vocab: 'x' } } as const;

  it('keeps its literal types', () => {
    expectTypeOf(spec.modalities.plot.encoder).toEqualTypeOf<'wordpiece'>();
    expectTypeOf(spec.heads.genres.type).toEqualTypeOf<'multi-label'>();
  });

  it('may be written as a constant', async () => {
    const constant = {
      modalities: { a: { encoder: 'resnet152', pool: { grid: [1, 1] } } },
      fusion,
      heads,
      training: { groups: [{ parameters: '*', learningRate: 3 }] },
    } as const;
    expectTypeOf(workbench.defineModel(constant)).toEqualTypeOf<typeof constant>();
    const _model = await workbench.build(constant);
    expectTypeOf<Parameters<typeof _model.predict>[0]>().toEqualTypeOf<{ readonly a?: Uint8Array | string }>();
  });

  it('names encoders in use', () => {
    // @ts-expect-error unknown encoder
    workbench.defineModel({ modalities: { a: { encoder: 'resnet512', pool: { grid: [1, 1] } } }, fusion, heads });
    // @ts-expect-error unknown fusion
    workbench.defineModel({ modalities, fusion: { type: 'bitransfomer', numLayers: 1 }, heads });
    // @ts-expect-error unknown head
    workbench.defineModel({ modalities, fusion, heads: { rating: { type: 'label' } } });
  });

  it('has the options of the chosen encoder only', () => {
    workbench.defineModel({
      // @ts-expect-error an option of another encoder
      modalities: { a: { encoder: 'resnet152', pool: { grid: [1, 1] }, vocab: 'x' } },
      fusion,
      heads,
    });
    // @ts-expect-error misspelt option
    workbench.defineModel({ modalities: { a: { encoder: 'wordpiece', vocab: 'x', maxToken: 3 } }, fusion, heads });
    // @ts-expect-error missing required option
    workbench.defineModel({ modalities: { a: { encoder: 'wordpiece' } }, fusion, heads });
    // @ts-expect-error wrong type
    workbench.defineModel({ modalities: { a: { encoder: 'wordpiece', vocab: 3 } }, fusion, heads });
    workbench.defineModel({
      // @ts-expect-error misspelt nested option
      modalities: { a: { encoder: 'resnet152', pool: { grid: [1, 1], gird: [1, 1] } } },
      fusion,
      heads,
    });
  });

  it('has the options of the fusion', () => {
    // @ts-expect-error wrong type in the fusion
    workbench.defineModel({ modalities, fusion: { type: 'bitransformer', numLayers: '12' }, heads });
    // @ts-expect-error misspelt option of the fusion
    workbench.defineModel({ modalities, fusion: { type: 'bitransformer', numLayers: 1, numHead: 2 }, heads });
    // @ts-expect-error missing option of the fusion
    workbench.defineModel({ modalities, fusion: { type: 'bitransformer' }, heads });
  });

  it('has the options of the heads', () => {
    // @ts-expect-error an option of another head
    workbench.defineModel({ modalities, fusion, heads: { rating: { type: 'single-label', threshold: 0.3 } } });
    // @ts-expect-error unknown loss
    workbench.defineModel({ modalities, fusion, heads: { rating: { type: 'single-label', loss: 'fokal' } } });
    // @ts-expect-error unknown metric
    workbench.defineModel({ modalities, fusion, heads: { rating: { type: 'single-label', metrics: ['f1'] } } });
    workbench.defineModel({
      modalities,
      fusion,
      // @ts-expect-error wrong type of a loss's option
      heads: { rating: { type: 'single-label', loss: { type: 'focal', gamma: '2' } } },
    });
  });

  it('has the options of training', () => {
    // @ts-expect-error misspelt option of training
    workbench.defineModel({ modalities, fusion, heads, training: { batchSize: 2, epoch: 3 } });
    // @ts-expect-error misspelt option of a group
    workbench.defineModel({ modalities, fusion, heads, training: { groups: [{ parameters: '*', learnRate: 3 }] } });
    // @ts-expect-error wrong type in training
    workbench.defineModel({ modalities, fusion, heads, training: { epochs: '3' } });
    // @ts-expect-error unknown optimizer
    workbench.defineModel({ modalities, fusion, heads, training: { optimizer: { type: 'adam', learningRate: 1 } } });
    workbench.defineModel({
      modalities,
      fusion,
      heads,
      // @ts-expect-error misspelt option of the optimizer
      training: { optimizer: { type: 'adamw', learningRate: 1, beta: 1 } },
    });
    // @ts-expect-error a modality that the spec lacks is frozen
    workbench.defineModel({ modalities, fusion, heads, training: { freeze: { a: 1, b: 3 } } });
  });

  it('may use every option there is', () => {
    workbench.defineModel({
      name: 'full',
      modalities: { a: { encoder: 'wordpiece', vocab: 'x', maxTokens: 3 } },
      fusion,
      heads: {
        tags: { type: 'multi-label', threshold: 0.3, loss: { type: 'focal' }, weight: 2, metrics: ['accuracy'] },
        rating: { type: 'single-label', loss: 'focal' },
      },
      training: {
        groups: [{ parameters: '*', learningRate: 3 }],
        optimizer: { type: 'adamw', learningRate: 1 },
        freeze: { a: 1 },
        modalityDropout: { a: 0.1 },
      },
      initialize: { 'modalities.a': './run' },
    });
  });

  it('has no unknown key at the top', () => {
    // @ts-expect-error misspelt key
    workbench.defineModel({ modalities, fusion, heads, trainig: {} });
    // @ts-expect-error missing fusion
    workbench.defineModel({ modalities, heads });
  });
});

describe('parts of a plugin', () => {
  it('must fit their kind', () => {
    defineEncoder<string>()({
      name: 'a',
      summary: '',
      config: z.object({}),
      // @ts-expect-error an encoder of other raw inputs
      create: (): Encoder<number> => ({}) as Encoder<number>,
    });
    // @ts-expect-error a fusion is no head
    defineHead<string, string>()({ name: 'a', summary: '', config: z.object({}), create: () => anyFusion });
  });

  it('get only what they need', () => {
    defineFusion({
      name: 'a',
      summary: '',
      config: z.object({}),
      needs: { rows: table },
      create: (_config, services) => {
        expectTypeOf(services).toEqualTypeOf<{ readonly rows: Table }>();
        // @ts-expect-error a service that was not asked for
        void services.columns;
        return anyFusion;
      },
    });
  });
});
