// The contract passes a sound encoder and finds what is wrong with broken ones.
import '@tensorflow/tfjs-backend-cpu';
import {
  add,
  customGrad,
  div,
  expandDims,
  greater,
  mean,
  mul,
  ones,
  setBackend,
  sum,
  tensor2d,
  tidy,
  where,
  zerosLike,
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
import { describeFaults, type FaultCase } from '../../test/describeFaults.js';
import { brokenRules, type BrokenRule } from '../brokenRules.js';
import { encoderContract } from './encoderContract.js';
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

async function faultsOf(breaks: Breaks, changed: Partial<EncoderCase> = {}): Promise<readonly BrokenRule[]> {
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
  return brokenRules([plugin], { encoder: { readings: [{ ...sound, ...changed }] } });
}

const broken = async (...given: Parameters<typeof faultsOf>): Promise<string[]> =>
  (await faultsOf(...given)).map(({ rule }) => rule);

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

/** Tokens by the number of real ones; where there are none, the branch that is not taken has no finite gradient. */
function overLength(tokens: Tensor3D, mask: Tensor2D): Tensor3D {
  const length = add(zerosLike(tokens), expandDims(sum(mask, 1, true), 2));
  return where(greater(length, 0), div(tokens, length), tokens);
}

let layers = 0;
const cases: readonly FaultCase<Breaks>[] = [
  [
    'names a tower without parameters',
    (_, { path }) => ({ towerPaths: [`${path}.layers`] }),
    'declares whole sizes',
    /^towerPaths: must name parameters, got "modalities.contract.encoder.layers"/,
  ],
  [
    'keeps tensors in what it prepares',
    (made) => ({ prepare: async (raw, options) => [tensor2d([await made.prepare(raw, options)])] as never }),
    'prepares plain data',
    /^tensors made by prepare: must be 0, got 4\./,
  ],
  [
    'prepares at random',
    () => ({ prepare: async () => [Math.random()] }),
    'prepares the same input alike',
    /^prepare must give the same without a seed, got .+ instead of .+\./,
  ],
  [
    'augments though it says it does not',
    (made) => ({
      prepare: async (raw, options) =>
        (await made.prepare(raw, options)).map((x) => x + (options.augmentationSeed ?? 0)),
    }),
    'draws augmentation from its seed',
    /^whether seeds 1 to 5 give different results: must be false, got true\./,
  ],
  [
    'sorts what it is given',
    (made) => ({ prepare: (raw, options) => made.prepare(Array.isArray(raw) ? raw.sort() : raw, options) }),
    'leaves a raw input as it was',
    /^prepare must not write to a raw input\./,
  ],
  [
    'fails without saying at what',
    () => ({ prepare: async (raw) => raw.map((x) => x) }),
    'refuses what it cannot',
    /^prepare: must throw an error of @tessera\/core, got TypeError: raw\.map/,
  ],
  [
    'checks more strictly than it prepares',
    () => ({ check: async () => Promise.reject(new DataError('Readings: no.')) }),
    'finds nothing wrong',
    /^check: must accept what prepare takes, got DataError: Readings: no\./,
  ],
  [
    'gives more tokens than it says',
    () => ({ maxTokens: 2 }),
    'gives at most maxTokens',
    /^tokens: must be at most 2, got 3\./,
  ],
  [
    'says that its length is fixed',
    () => ({ fixedLength: true }),
    'gives at most maxTokens',
    /^tokens and real ones of fixed length: must be \[4,4\], got \[3,3\]\./,
  ],
  [
    'describes tokens that are not there',
    () => ({ describeTokens: () => [] }),
    'describes each real token',
    /^descriptions of each sample: must be \[3,1,0,4\], got \[0,0,0,0\]\./,
  ],
  [
    'describes a token beside the picture',
    () => ({
      describeTokens: () => [{ kind: 'other', label: 'it', area: { left: 0.9, top: 0, width: 0.2, height: 1 } }],
    }),
    'describes tokens that lie in the picture',
    /^description of token 0 of sample 0: its area must lie in the picture, .* got left=0\.9, top=0, width=0\.2, height=1\./,
  ],
  [
    'counts regions from 1',
    () => ({ describeTokens: () => [{ kind: 'region', row: 0, column: 2, rows: 1, columns: 2 }] }),
    'describes tokens that lie in the picture',
    /^description of token 0 of sample 0: its region must lie in its grid, .* column=2 of 2\./,
  ],
  [
    'places tokens in a picture that it does not show',
    () => ({ describeTokens: () => [{ kind: 'other', label: 'it', area: { left: 0, top: 0, width: 1, height: 1 } }] }),
    'describes tokens that lie in the picture',
    /^preview of sample 0: its tokens have areas, so it must be a picture\./,
  ],
  [
    'looks at the other samples',
    encoding((tokens) => ({ tokens: tidy(() => add(tokens, mean(tokens, 0, true))) })),
    'encodes a sample alike whatever',
    /^tokens of sample 0 among others: value 0 must be/,
  ],
  [
    'takes an absent input for zeros',
    (made) => ({ collate: (items) => made.collate(items.map((item) => item ?? [0])) }),
    'masks an absent modality',
    /^real tokens of a batch with absent ones: must be \[3,0\], got \[3,1\]\./,
  ],
  [
    'has a mask of other numbers',
    encoding((_, mask) => ({ mask: tidy(() => mul(mask, 0.5)) })),
    'encodes a batch as tokens',
    /^mask: must be 0 or 1\./,
  ],
  [
    'has a parameter that it does not use',
    (_, parameters) => (parameters.weight('spare', [2], normal(1)), {}),
    'sends a gradient',
    /^encode: a gradient must reach every trained parameter, got none for/,
  ],
  [
    'has a wrong gradient',
    encoding((tokens) => ({ tokens: tidy(() => wrongGradient(tokens) as Tensor3D) })),
    'has the gradient of its value',
    /^gradient of the tokens: must agree with the differences of the value,/,
  ],
  [
    'leaves a tensor behind',
    encoding(() => (ones([1]), {})),
    'borrows its batch',
    /^collate and encode: must leave no tensor behind, got 1 in each run\./,
  ],
  [
    'disposes its batch',
    encoding((_, __, batch) => (batch['values']?.dispose(), {})),
    'borrows its batch',
    /^encode: must leave its arguments, got a disposed "values"\./,
  ],

  [
    'previews a picture that is none',
    () => ({ preview: async () => ({ kind: 'image', mime: 'text/plain', bytes: new Uint8Array(1) }) }),
    'shows a raw input',
    /^preview: must give a picture file\./,
  ],
  [
    'drops tokens where a batch is padded',
    (made) => ({
      collate: (items, shape) => made.collate(items.map((item) => (shape ? item?.slice(0, 1) : item))),
    }),
    'encodes a sample alike in a batch whose length',
    /^tokens padded to a multiple of 1: must have 9 values, got 3\./,
  ],
  [
    'divides by a length of 0 behind a condition, which spoils the gradient',
    encoding((tokens, mask) => ({ tokens: tidy(() => overLength(tokens, mask)) })),
    'has finite gradients where the modality is absent',
    /^Cannot compute gradient: gradient function not found for Greater\./,
  ],
  [
    'adds noise',
    encoding((tokens) => ({ tokens: tidy(() => add(tokens, Math.random())) })),
    'repeats itself',
    /^tokens in prediction: value 0 must be/,
  ],
  [
    'holds a number that is no parameter',
    (made, parameters) => {
      const factor = 1 + Math.random();
      return encoding((tokens) => ({ tokens: tidy(() => mul(tokens, factor)) }))(made, parameters);
    },
    'gives the same tokens after saving',
    /^tokens after saving and loading: value 0 must be/,
  ],
  [
    'counts its parameters on',
    (_, parameters) => (parameters.weight(`layer${++layers}`, [2], normal(1)), {}),
    'gives the same tokens after saving',
    /^parameters: a part that is loaded must ask for those it was saved/,
  ],
];

describe('the contract of encoders', () => {
  it('passes a sound encoder', async () => {
    expect(await broken(() => ({}))).toEqual([]);
  });

  describeFaults(encoderContract, cases, faultsOf);

  it('takes a parameter without gradient that the case names', async () => {
    const spare: Breaks = (_, parameters) => (parameters.weight('spare', [2], normal(1)), {});
    expect(await broken(spare, { withoutGradient: /spare$/ })).toEqual([]);
  });

  it('asks for enough samples', async () => {
    expect((await broken(() => ({}), { samples: [[1]] })).length).toBeGreaterThan(5);
  });
});
