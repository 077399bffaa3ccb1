// The contract passes a sound fusion and finds what is wrong with broken ones.
import '@tensorflow/tfjs-backend-cpu';
import {
  add,
  concat,
  div,
  expandDims,
  maximum,
  mean,
  mul,
  ones,
  setBackend,
  softmax,
  sum,
  tidy,
  zerosLike,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import {
  defineFusion,
  definePlugin,
  normal,
  ShapeError,
  type Fusion,
  type FusionContext,
  type TokenBlock,
} from '@tessera/core';
import { Linear, tidyRecord } from '@tessera/layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { brokenRules } from '../brokenRules.js';

beforeAll(async () => {
  await setBackend('cpu');
});

const width = 4;
const meanOfReal = ({ tokens, mask }: TokenBlock): Tensor2D =>
  div(sum(mul(tokens, expandDims(mask, 2)), 1), maximum(sum(mask, 1, true), 1));

/** The sum of a linear map of each modality's mean token. */
function sumOfMeans({ parameters, modalities }: FusionContext, poolOf = meanOfReal): Fusion {
  const maps = modalities.map(
    ({ modality, tokenWidth }) => new Linear(parameters.scope(modality), tokenWidth, width, { initializer: normal(1) }),
  );
  return {
    pooledWidth: width,
    fuse: (blocks) => {
      if (blocks.length !== maps.length)
        throw new ShapeError(`SumOfMeans: ${maps.length} blocks, got ${blocks.length}.`);
      return tidyRecord(() => {
        const features = blocks.map((block, i) => maps[i]?.apply(poolOf(block)) as Tensor2D);
        const mask = concat(
          blocks.map((block) => block.mask),
          1,
        );
        const tokens = concat(
          features.map((feature, i) =>
            add(zerosLike(expandDims(blocks[i]?.mask as Tensor2D, 2)), expandDims(feature, 1)),
          ),
          1,
        );
        let start = 0;
        const spans = blocks.map((block, i) => {
          const [, length] = block.mask.shape;
          return { modality: modalities[i]?.modality ?? '', start: (start += length) - length, length };
        });
        const pooled = features.reduce((a, b) => add(a, b));
        return { pooled, tokens: tokens as Tensor3D, mask, spans };
      });
    },
  };
}

type Breaks = (sound: Fusion, context: FusionContext) => Partial<Fusion>;

async function broken(breaks: Breaks): Promise<string[]> {
  const definition = defineFusion({
    name: 'sum-of-means',
    summary: 'Sums.',
    config: z.strictObject({}),
    create: (_options, _services, context) => {
      const made = sumOfMeans(context);
      return { ...made, ...breaks(made, context) };
    },
  });
  const plugin = definePlugin({ name: 'sums', components: [definition] });
  return (await brokenRules([plugin], { fusion: { 'sum-of-means': [{}] } })).map(({ rule }) => rule);
}

/** A fusion that pools each block in another way. */
const pooling =
  (poolOf: (block: TokenBlock) => Tensor2D): Breaks =>
  (_, context) =>
    sumOfMeans({ ...context, parameters: context.parameters.scope('other') }, poolOf);

const attention = (mask: Tensor2D): Tensor4D => {
  const [batch = 0, length = 0] = mask.shape;
  return softmax(ones([batch, 1, length, length]));
};

const cases: [what: string, breaks: Breaks, rule: string][] = [
  ['says another width', () => ({ pooledWidth: width + 1 }), 'gives a joint state'],
  [
    'gives states without a mask',
    (made) => ({ fuse: (...given) => ({ ...made.fuse(...given), mask: undefined }) }),
    'gives states [B, S, D] and a mask',
  ],
  [
    'places a modality elsewhere',
    (made) => ({
      fuse: (...given) => {
        const state = made.fuse(...given);
        return { ...state, spans: state.spans?.map((span) => ({ ...span, start: 0 })) };
      },
    }),
    'says where each modality stands',
  ],
  ['counts padding', pooling(({ tokens }) => mean(tokens, 1)), 'does not notice padding'],
  ['reads masked tokens', pooling(({ tokens }) => mean(tokens, 1)), 'does not notice what stands at masked'],
  [
    'divides by nothing',
    pooling(({ tokens, mask }) => div(sum(mul(tokens, expandDims(mask, 2)), 1), sum(mask, 1, true))),
    'gives a finite state where modalities are absent',
  ],
  [
    'reads one modality only',
    (_, context) => {
      const { modalities } = context;
      const first = sumOfMeans({
        ...context,
        parameters: context.parameters.scope('other'),
        modalities: modalities.slice(0, 1),
      });
      return { fuse: (blocks, step) => first.fuse(blocks.slice(0, 1), step) };
    },
    'notices every modality',
  ],
  [
    'mixes the samples of a batch',
    pooling((block) => tidy(() => add(meanOfReal(block), mean(meanOfReal(block), 0, true)))),
    'joins each sample for itself',
  ],
  [
    'attends to masked tokens',
    (made) => ({
      fuse: (...given) => {
        const state = made.fuse(...given);
        const asked = given[1].wantsAttentions;
        return asked ? { ...state, attentions: [attention(state.mask as Tensor2D)] } : state;
      },
    }),
    'gives attention that sums to 1',
  ],
  [
    'returns attentions that nobody asked for',
    (made) => ({
      fuse: (...given) => {
        const state = made.fuse(...given);
        return { ...state, attentions: [attention(state.mask as Tensor2D)] };
      },
    }),
    'returns no attentions unless asked',
  ],
  [
    'has a parameter that it does not use',
    (_, { parameters }) => (parameters.weight('spare', [2], normal(1)), {}),
    'sends a gradient',
  ],
  [
    'leaves a tensor behind',
    (made) => ({ fuse: (...given) => (ones([1]), made.fuse(...given)) }),
    'borrows its blocks',
  ],
  [
    'disposes its blocks',
    (made) => ({
      fuse: (blocks, context) => {
        const state = made.fuse(blocks, context);
        for (const { tokens } of blocks) tokens.dispose();
        return state;
      },
    }),
    'borrows its blocks',
  ],
  [
    'takes any number of blocks',
    (made) => ({ fuse: ([first = {} as TokenBlock, second = first], context) => made.fuse([first, second], context) }),
    'refuses another number',
  ],
];

describe('the contract of fusions', () => {
  it('passes a sound fusion', async () => {
    expect(await broken(() => ({}))).toEqual([]);
  });

  it.each(cases)('finds one that %s', async (_, breaks, rule) => {
    expect((await broken(breaks)).filter((found) => found.startsWith(rule))).toHaveLength(1);
  });
});
