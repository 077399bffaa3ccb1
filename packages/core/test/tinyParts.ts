// A complete set of the smallest parts there can be: what core's tests build models of.
// Shapes: B batch, N tokens of one block, E encoder width, D hiddenSize, C classes.
import {
  expandDims,
  gather,
  logSoftmax,
  mul,
  neg,
  oneHot,
  onesLike,
  squeeze,
  sum,
  tensor,
  tensor2d,
  tidy,
  matMul,
  add,
  div,
  concat,
  maximum,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
} from '@tensorflow/tfjs-core';
import { z } from 'zod';
import {
  DataError,
  defineDataset,
  defineEncoder,
  defineFusion,
  defineHead,
  defineLoss,
  defineMetric,
  defineOptimizer,
  definePlugin,
  defineSchedule,
  normal,
  ones,
  SpecError,
  token,
  zeros,
  type Dataset,
  type Sample,
  type Split,
} from '../src/index.js';

/** A row of numbers; each becomes a token. */
export const numbers = defineEncoder<readonly number[], Float32Array>()({
  name: 'numbers',
  summary: 'Numbers, each a token.',
  config: z.object({
    tokenWidth: z.int().positive().default(3).describe('Width of a token.'),
    maxTokens: z.int().min(1).max(100).default(4).describe('Numbers read.'),
    scale: z
      .strictObject({ by: z.number().default(1), shift: z.number().default(0) })
      .prefault({})
      .describe('Affine map.'),
    ranges: z
      .array(z.strictObject({ from: z.number(), to: z.number() }))
      .default([])
      .describe('Ranges.'),
    named: z
      .record(z.string(), z.strictObject({ value: z.number() }))
      .default({})
      .describe('By name.'),
    pool: z
      .discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('none') }),
        z.strictObject({ kind: z.literal('mean'), size: z.int().positive().default(2) }),
      ])
      .default({ kind: 'none' })
      .describe('Pooling.'),
    limit: z
      .union([z.literal('auto'), z.object({ at: z.number() })])
      .default('auto')
      .describe('Limit.'),
    shape: z
      .union([
        z.strictObject({ kind: z.literal('line') }),
        z.strictObject({ kind: z.literal('box'), side: z.number() }),
      ])
      .default({ kind: 'line' })
      .describe('Shape.'),
    order: z.enum(['given', 'sorted']).default('given').describe('Order of the tokens.'),
  }),
  create: ({ tokenWidth, maxTokens, scale }, _services, { parameters, path }) => {
    const weight = parameters.weight('weight', [1, tokenWidth], normal(1));
    return {
      tokenWidth,
      maxTokens,
      fixedLength: false,
      tokenSpace: 'encoder',
      numParts: 1,
      towerPaths: [parameters.path],
      prepare: async (raw, { augmentationSeed = 0 }) => {
        if (!Array.isArray(raw)) throw new DataError(`must be a list of numbers, got ${typeof raw}.`);
        return Float32Array.from(
          raw.slice(0, maxTokens),
          (value: number) => value * scale.by + scale.shift + augmentationSeed,
        );
      },
      collate: (items) => {
        const longest = Math.max(1, ...items.map((item) => item?.length ?? 0));
        const pad = (item: Float32Array | undefined, fill?: number): number[] =>
          Array.from({ length: longest }, (_, i) => (item && i < item.length ? (fill ?? item[i] ?? 0) : 0));
        return {
          values: tensor2d(items.map((item) => pad(item))),
          mask: tensor2d(items.map((item) => pad(item, 1))),
        };
      },
      encode: ({ values, mask }) => {
        if (!values || !mask) throw new Error(`${path}: a batch lacks a tensor.`);
        const tokens = mul(expandDims(values, 2), expandDims(weight.value, 0)) as Tensor3D; // [B, N, E]
        return { tokens, mask: mul(mask, 1) as Tensor2D };
      },
      describeTokens: (prepared) => [...prepared].map((value) => ({ kind: 'other', label: String(value) })),
    };
  },
});

/** The rows that {@link tableMean} provides. */
export interface LetterTable {
  readonly width: number;
  lookup(ids: Tensor2D): Tensor3D;
  dispose(): void;
}

/** Token of {@link LetterTable}. */
export const letterTable = token<LetterTable>('test.LetterTable', 'the table of letters');

/** Letters, as rows of the fusion's table; the alphabet is learned. */
export const letters = defineEncoder<string, Int32Array>()({
  name: 'letters',
  summary: "Letters, as rows of the fusion's table.",
  config: z.object({ alphabet: z.string().optional().describe('The letters known.') }),
  needs: { table: letterTable },
  fitScope: 'encoder',
  fit: async ({ alphabet }, { values, path }) => {
    if (alphabet) return { 'letters.txt': alphabet };
    if (!values) throw new SpecError([{ path: `${path}.alphabet`, message: 'is required without training data.' }]);
    return { 'letters.txt': [...new Set([...values].join(''))].join('') };
  },
  create: (_config, { table }, { assets }) => ({
    tokenWidth: table.width,
    maxTokens: 3,
    fixedLength: true,
    tokenSpace: 'fusion',
    numParts: 1,
    towerPaths: ['fusion.table'],
    prepare: async (raw) =>
      Int32Array.from(
        Array.from(raw.padEnd(3).slice(0, 3)),
        (letter) => (assets['letters.txt'] ?? '').indexOf(letter) + 1,
      ),
    collate: (items) => ({
      ids: tensor2d(
        items.map((item) => [...(item ?? [0, 0, 0])]),
        undefined,
        'int32',
      ),
      mask: tensor2d(items.map((item) => (item ? [1, 1, 1] : [0, 0, 0]))),
    }),
    encode: ({ ids, mask }) => ({ tokens: table.lookup(ids as Tensor2D), mask: mul(mask as Tensor2D, 1) }),
    describeTokens: (ids) => [...ids].map((id) => ({ kind: 'text', text: assets['letters.txt']?.[id - 1] ?? '' })),
  }),
});

const meanOf = (blocks: readonly { tokens: Tensor3D; mask: Tensor2D }[]): Tensor2D => {
  const means = blocks.map(({ tokens, mask }) => {
    const weights = expandDims(mask, 2); // [B, N, 1]
    return div(sum(mul(tokens, weights), 1), maximum(sum(weights, 1), 1)) as Tensor2D; // [B, E]
  });
  return concat(means, 1);
};

/** The masked mean of each block, side by side. */
export const mean = defineFusion({
  name: 'mean',
  summary: 'Masked means side by side.',
  config: z.object({}),
  create: (_config, _services, { modalities }) => ({
    pooledWidth: modalities.reduce((width, { tokenWidth }) => width + tokenWidth, 0),
    fuse: (blocks) => ({ pooled: meanOf(blocks) }),
  }),
});

/** As {@link mean}; provides a table of letters. */
export const tableMean = defineFusion({
  name: 'table-mean',
  summary: 'Masked means side by side; provides a table of letters.',
  config: z.object({ width: z.int().positive().default(2).describe('Width of the table.') }),
  provides: [
    {
      token: letterTable,
      create: ({ width }, { parameters }): LetterTable => {
        const table = parameters.scope('table').weight('weight', [27, width], normal(1));
        return {
          width,
          lookup: (ids) => gather(table.value, ids) as Tensor3D,
          dispose: () => freedTables.push(width),
        };
      },
    },
  ],
  create: (_config, _services, { modalities }) => ({
    pooledWidth: modalities.reduce((width, { tokenWidth }) => width + tokenWidth, 0),
    fuse: (blocks) => ({ pooled: meanOf(blocks) }),
  }),
});

/** Widths of the letter tables that were freed. */
export const freedTables: number[] = [];

/** One label of several; labels are learned in order of first appearance. */
export const label = defineHead<string, { readonly label: string }>()({
  name: 'label',
  summary: 'One label of several.',
  config: z.object({ labels: z.array(z.string()).min(2).optional().describe('Labels in order.') }),
  fit: async ({ labels }, { values, path }) => {
    if (!labels && !values)
      throw new SpecError([{ path: `${path}.labels`, message: 'is required without training data.' }]);
    return { 'labels.json': JSON.stringify(labels ?? [...new Set(values)]) };
  },
  create: (_config, _services, { parameters, inputWidth, assets }) => {
    const labels = JSON.parse(assets['labels.json'] ?? '[]') as string[];
    const weight = parameters.weight('weight', [inputWidth, labels.length], normal(1));
    const bias = parameters.weight('bias', [labels.length], zeros);
    const indexOf = (target: string): number => {
      const index = labels.indexOf(target);
      if (index < 0) throw new DataError(`unknown label "${target}". Known: ${labels.join(', ')}.`);
      return index;
    };
    const best = (row: Float32Array): number => row.indexOf(Math.max(...row));
    return {
      targetKind: 'class-index',
      numOutputs: labels.length,
      labels,
      mainMetric: 'accuracy',
      defaultMetrics: ['accuracy'],
      logits: ({ pooled }) => add(matMul(pooled, weight.value as Tensor2D), bias.value),
      checkTarget: (target) => void indexOf(target),
      encodeTarget: (target) => [indexOf(target)],
      encodePrediction: (row) => [best(row)],
      collateTargets: (targets) =>
        tensor(
          targets.map((target) => (target === undefined ? 0 : indexOf(target))),
          undefined,
          'int32',
        ),
      scores: (row) => row.map((value) => Math.exp(value) / row.reduce((total, other) => total + Math.exp(other), 0)),
      decode: (row) => ({ label: labels[best(row)] ?? '' }),
    };
  },
});

/** A number for each sample. */
export const amount = defineHead<number, number>()({
  name: 'amount',
  summary: 'A number.',
  config: z.object({}),
  create: (_config, _services, { parameters, inputWidth }) => {
    const weight = parameters.weight('weight', [inputWidth, 1], ones);
    return {
      targetKind: 'real',
      numOutputs: 1,
      labels: ['amount'],
      mainMetric: 'error',
      defaultMetrics: [],
      logits: ({ pooled }) => matMul(pooled, weight.value as Tensor2D),
      checkTarget: () => undefined,
      encodeTarget: (target) => [target],
      encodePrediction: (row) => [...row],
      collateTargets: (targets) => tensor2d(targets.map((target) => [target ?? 0])),
      scores: (row) => row,
      decode: (row) => row[0] ?? Number.NaN,
    };
  },
});

/** Cross-entropy; records the statistics it was created with. */
export const crossEntropy = defineLoss({
  name: 'cross-entropy',
  summary: 'Cross-entropy.',
  config: z.object({ smoothing: z.number().min(0).lt(1).default(0).describe('Label smoothing.') }),
  create: (_config, _services, { statistics, numOutputs }) => {
    seenStatistics.push(statistics.counts);
    return {
      targetKind: 'class-index',
      terms: (logits, targets) => {
        const hot = oneHot(targets as Tensor1D, numOutputs);
        const perSample = neg(sum(mul(logSoftmax(logits), hot), 1)) as Tensor1D;
        return { perSample, weight: onesLike(perSample) };
      },
    };
  },
});

/** The label counts that {@link crossEntropy} was told. */
export const seenStatistics: (readonly number[])[] = [];

/** Mean squared error. */
export const squaredError = defineLoss({
  name: 'mse',
  summary: 'Squared error.',
  config: z.object({}),
  create: () => ({
    targetKind: 'real',
    terms: (logits, targets) =>
      tidy(() => {
        const difference = squeeze(add(logits, neg(targets)), [1]);
        const perSample = mul(difference, difference) as Tensor1D;
        return { perSample, weight: onesLike(perSample) };
      }),
  }),
});

const metricOf = <const TName extends string>(name: TName): ReturnType<typeof defineMetric<TName, z.ZodObject>> =>
  defineMetric({
    name,
    summary: name,
    config: z.object({}),
    create: () => ({
      targetKinds: ['class-index', 'real'],
      greaterIsBetter: name === 'accuracy',
      compute: () => Number.NaN,
    }),
  });

/** Plain gradient descent under the name of the default optimizer. */
export const adamw = defineOptimizer({
  name: 'adamw',
  summary: 'Gradient descent.',
  config: z.object({ learningRate: z.number().positive().default(0.1).describe('Learning rate.') }),
  create: ({ learningRate }) => ({
    slots: [],
    learningRate,
    weightDecay: 0,
    scheduleBy: 'run',
    stepScalars: () => ({}),
    update: ({ parameter, gradient, learningRate: rate }) => ({
      parameter: add(parameter, neg(mul(gradient, rate))),
      slots: {},
    }),
  }),
});

/** A constant rate under the name of the default schedule. */
export const linear = defineSchedule({
  name: 'linear',
  summary: 'A constant rate.',
  config: z.object({ warmup: z.number().min(0).max(1).default(0).describe('Share of steps.') }),
  create: () => ({ factor: () => 1 }),
});

/** Samples that stand in the spec. */
export const inline = defineDataset({
  name: 'inline',
  summary: 'Samples that stand in the spec.',
  config: z.object({ train: z.array(z.looseObject({})).describe('Samples: modalities and heads by name.') }),
  create: async ({ train }, _services, { request }): Promise<Dataset> => ({
    splits: {
      train: splitOf(
        train,
        request.modalities.map(({ name }) => name),
        request.heads,
      ),
    },
    fingerprint: '',
  }),
});

/** Rows → a split. */
export function splitOf(
  rows: readonly Record<string, unknown>[],
  modalities: readonly string[],
  heads: readonly string[],
): Split {
  const pick = (row: Record<string, unknown>, names: readonly string[]): Record<string, unknown> =>
    Object.fromEntries(names.filter((name) => name in row).map((name) => [name, row[name]]));
  const samples = rows.map((row, i): Sample => ({
    id: String(i),
    inputs: pick(row, modalities),
    targets: pick(row, heads),
    origin: `row ${i + 1}`,
  }));
  return {
    name: 'train',
    origin: 'memory',
    length: samples.length,
    sample: (index) => {
      const sample = samples[index];
      if (!sample) throw new RangeError(`no sample ${index}`);
      return sample;
    },
  };
}

/** All of them as one plugin. */
export const tinyPlugin = definePlugin({
  name: 'tiny',
  components: [
    numbers,
    letters,
    mean,
    tableMean,
    label,
    amount,
    crossEntropy,
    squaredError,
    metricOf('accuracy'),
    metricOf('error'),
    adamw,
    linear,
    inline,
  ],
});
