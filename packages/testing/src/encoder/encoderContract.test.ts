// The contract passes a sound encoder and finds what is wrong with broken ones.
import '@tensorflow/tfjs-backend-cpu';
import {
  add,
  customGrad,
  expandDims,
  mean,
  mul,
  ones,
  setBackend,
  tensor2d,
  tidy,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
} from '@tensorflow/tfjs-core';
import {
  DataError,
  defineEncoder,
  definePlugin,
  normal,
  type BatchTensors,
  type Encoder,
  type ParameterScope,
} from '@tessera/core';
import { tidyRecord } from '@tessera/layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { brokenRules } from '../brokenRules.js';
import type { EncoderCase } from './encoderSubject.js';

beforeAll(async () => {
  await setBackend('cpu');
});

const maxTokens = 4;

/** Rows of up to four readings, a token of width 3 for each. */
function readings(parameters: ParameterScope): Encoder<number[], number[]> {
  const weight = parameters.weight('weight', [3], normal(1));
  const bias = parameters.weight('bias', [3], normal(1));
  return {
    tokenWidth: 3,
    maxTokens,
    fixedLength: false,
    tokenSpace: 'encoder',
    numParts: 1,
    towerPaths: [parameters.path],
    prepare: async (raw) => {
      if (!Array.isArray(raw)) throw new DataError(`Readings: must be a list of numbers, got ${String(raw)}.`);
      return raw.slice(0, maxTokens);
    },
    collate: (items) => {
      const length = Math.max(1, ...items.map((item) => item?.length ?? 0));
      const places = Array.from({ length }, (_, n) => n);
      return {
        values: tensor2d(items.map((item) => places.map((n) => item?.[n] ?? 0))),
        mask: tensor2d(items.map((item) => places.map((n) => Number(n < (item?.length ?? 0))))),
      };
    },
    encode: ({ values, mask }) =>
      tidyRecord(() => ({
        tokens: add(mul(expandDims(values as Tensor, 2), weight.value), bias.value) as Tensor3D,
        mask: (mask as Tensor2D).clone(),
      })),
    describeTokens: (prepared) => prepared.map((value) => ({ kind: 'other', label: String(value) })),
  };
}

type Readings = Encoder<number[], number[]>;
type Breaks = (sound: Readings, parameters: ParameterScope) => Partial<Readings>;

const sound: EncoderCase = {
  samples: [[1, 2, 3], [0.5], [], [5, 4, 3, 2, 1]],
  faults: [{ raw: 'warm', names: 'warm' }],
};

async function broken(breaks: Breaks, changed: Partial<EncoderCase> = {}): Promise<string[]> {
  const definition = defineEncoder<number[], number[]>()({
    name: 'readings',
    summary: 'Readings.',
    config: z.strictObject({}),
    create: (_options, _services, { parameters }) => {
      const made = readings(parameters);
      return { ...made, ...breaks(made, parameters) };
    },
  });
  const plugin = definePlugin({ name: 'station', components: [definition] });
  return (await brokenRules([plugin], { encoder: { readings: [{ ...sound, ...changed }] } })).map(({ rule }) => rule);
}

/** An encoder that does something to its block. */
const encoding =
  (change: (tokens: Tensor3D, mask: Tensor2D, batch: BatchTensors) => { tokens?: Tensor3D; mask?: Tensor2D }): Breaks =>
  (made) => ({
    encode: (batch, context) => {
      const { tokens, mask } = made.encode(batch, context);
      return { tokens, mask, ...change(tokens, mask, batch) };
    },
  });

const wrongGradient = (x: Tensor): Tensor => {
  const twice = customGrad<Tensor>((input) => ({ value: (input as Tensor).clone(), gradFunc: (dy) => mul(dy, 2) }));
  return twice(x);
};

const cases: [what: string, breaks: Breaks, rule: string][] = [
  ['names a tower without parameters', (_, { path }) => ({ towerPaths: [`${path}.layers`] }), 'declares whole sizes'],
  [
    'keeps tensors in what it prepares',
    (made) => ({ prepare: async (raw, options) => [tensor2d([await made.prepare(raw, options)])] as never }),
    'prepares plain data',
  ],
  ['prepares at random', () => ({ prepare: async () => [Math.random()] }), 'prepares the same input alike'],
  [
    'augments though it says it does not',
    (made) => ({
      prepare: async (raw, options) =>
        (await made.prepare(raw, options)).map((x) => x + (options.augmentationSeed ?? 0)),
    }),
    'draws augmentation from its seed',
  ],
  [
    'sorts what it is given',
    (made) => ({ prepare: (raw, options) => made.prepare(Array.isArray(raw) ? raw.sort() : raw, options) }),
    'leaves a raw input as it was',
  ],
  ['fails without saying at what', () => ({ prepare: async (raw) => raw.map((x) => x) }), 'refuses what it cannot'],
  [
    'checks more strictly than it prepares',
    () => ({ check: async () => Promise.reject(new DataError('Readings: no.')) }),
    'finds nothing wrong',
  ],
  ['gives more tokens than it says', () => ({ maxTokens: 2 }), 'gives at most maxTokens'],
  ['says that its length is fixed', () => ({ fixedLength: true }), 'gives at most maxTokens'],
  ['describes tokens that are not there', () => ({ describeTokens: () => [] }), 'describes each real token'],
  [
    'looks at the other samples',
    encoding((tokens) => ({ tokens: tidy(() => add(tokens, mean(tokens, 0, true))) })),
    'encodes a sample alike',
  ],
  [
    'takes an absent input for zeros',
    (made) => ({ collate: (items) => made.collate(items.map((item) => item ?? [0])) }),
    'masks an absent modality',
  ],
  [
    'has a mask of other numbers',
    encoding((_, mask) => ({ mask: tidy(() => mul(mask, 0.5)) })),
    'encodes a batch as tokens',
  ],
  [
    'has a parameter that it does not use',
    (_, parameters) => (parameters.weight('spare', [2], normal(1)), {}),
    'sends a gradient',
  ],
  [
    'has a wrong gradient',
    encoding((tokens) => ({ tokens: tidy(() => wrongGradient(tokens) as Tensor3D) })),
    'has the gradient of its value',
  ],
  ['leaves a tensor behind', encoding(() => (ones([1]), {})), 'borrows its batch'],
  ['disposes its batch', encoding((_, __, batch) => (batch['values']?.dispose(), {})), 'borrows its batch'],
];

describe('the contract of encoders', () => {
  it('passes a sound encoder', async () => {
    expect(await broken(() => ({}))).toEqual([]);
  });

  it.each(cases)('finds one that %s', async (_, breaks, rule) => {
    expect((await broken(breaks)).filter((found) => found.startsWith(rule))).toHaveLength(1);
  });

  it('takes a parameter without gradient that the case names', async () => {
    const spare: Breaks = (_, parameters) => (parameters.weight('spare', [2], normal(1)), {});
    expect(await broken(spare, { withoutGradient: /spare$/ })).toEqual([]);
  });

  it('asks for enough samples', async () => {
    expect((await broken(() => ({}), { samples: [[1]] })).length).toBeGreaterThan(5);
  });
});
