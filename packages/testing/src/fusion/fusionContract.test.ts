// The contract passes a sound fusion and finds what is wrong with broken ones.
import '@tensorflow/tfjs-backend-cpu';
import {
  add,
  concat,
  customGrad,
  div,
  expandDims,
  greater,
  maximum,
  mean,
  mul,
  ones,
  setBackend,
  softmax,
  sum,
  tidy,
  where,
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
import { describeFaults, type FaultCase } from '../../test/describeFaults.js';
import { brokenRules, type BrokenRule } from '../brokenRules.js';
import { fusionContract } from './fusionContract.js';

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

async function faultsOf(breaks: Breaks): Promise<readonly BrokenRule[]> {
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
  return brokenRules([plugin], { fusion: { 'sum-of-means': [{}] } });
}

const broken = async (...given: Parameters<typeof faultsOf>): Promise<string[]> =>
  (await faultsOf(...given)).map(({ rule }) => rule);

/** A fusion that pools each block in another way. */
const pooling =
  (poolOf: (block: TokenBlock) => Tensor2D): Breaks =>
  (_, context) =>
    sumOfMeans({ ...context, parameters: context.parameters.scope('other') }, poolOf);

/** A fusion that does something to its joint state. */
const changing =
  (change: (pooled: Tensor2D) => Tensor2D): Breaks =>
  (made) => ({
    fuse: (...given) => {
      const state = made.fuse(...given);
      return { ...state, pooled: tidy(() => change(state.pooled)) };
    },
  });

const wrongGradient = customGrad<Tensor2D>((x) => ({
  value: (x as Tensor2D).clone(),
  gradFunc: (dy) => mul(dy, 2),
}));

const attention = (mask: Tensor2D): Tensor4D => {
  const [batch = 0, length = 0] = mask.shape;
  return softmax(ones([batch, 1, length, length]));
};

const cases: readonly FaultCase<Breaks>[] = [
  [
    'says another width',
    () => ({ pooledWidth: width + 1 }),
    'gives a joint state',
    /^pooled: must have the shape \[3, 5\], got \[3, 4\]\./,
  ],
  [
    'gives states without a mask',
    (made) => ({ fuse: (...given) => ({ ...made.fuse(...given), mask: undefined }) }),
    'gives states [B, S, D] and a mask',
    /^whether tokens are missing, and the mask: must be true, got false\./,
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
    /^mask of the joint sequence where words stands: must be/,
  ],
  [
    'declares views that it does not give',
    () => ({ views: [{ modality: 'grid', width }] }),
    'gives the views that it declares',
    /^modalities of the views: must be/,
  ],
  [
    'counts padding',
    pooling(({ tokens }) => mean(tokens, 1)),
    'does not notice padding',
    /^pooled with padding: value 0 must be/,
  ],
  [
    'reads masked tokens',
    pooling(({ tokens }) => mean(tokens, 1)),
    'does not notice what stands at masked',
    /^pooled without padding: value 0 must be/,
  ],
  [
    'divides by nothing',
    pooling(({ tokens, mask }) => div(sum(mul(tokens, expandDims(mask, 2)), 1), sum(mask, 1, true))),
    'gives a finite state where modalities are absent',
    /^pooled without grid: must be finite, got NaN at 0\./,
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
    /^pooled: must depend on every modality, got the same without words\./,
  ],
  [
    'mixes the samples of a batch',
    pooling((block) => tidy(() => add(meanOfReal(block), mean(meanOfReal(block), 0, true)))),
    'joins each sample for itself',
    /^pooled of sample 1 in a batch of 1: value 0 must be/,
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
    /^attentions of layer 0, summed over real tokens: value 0 must be 1, got/,
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
    /^attentions nobody asked for: must be \[\], got \["attentions of layer/,
  ],
  [
    'has a parameter that it does not use',
    (_, { parameters }) => (parameters.weight('spare', [2], normal(1)), {}),
    'sends a gradient',
    /^fuse: a gradient must reach every trained parameter, got none for/,
  ],
  [
    'leaves a tensor behind',
    (made) => ({ fuse: (...given) => (ones([1]), made.fuse(...given)) }),
    'borrows its blocks',
    /^fuse: must leave no tensor behind, got 1 in each run\. Wrap the step/,
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
    /^fuse: must leave its arguments, got a disposed block\./,
  ],
  [
    'takes any number of blocks',
    (made) => ({ fuse: ([first = {} as TokenBlock, second = first], context) => made.fuse([first, second], context) }),
    'refuses another number',
    /^fuse with a block too few: the message must name 1, got "linear: x/,
  ],

  [
    'divides by nothing behind a condition, which spoils the gradient',
    pooling(({ tokens, mask }) => {
      const [batch, , tokenWidth] = tokens.shape;
      const length = mul(ones([batch, tokenWidth]), sum(mask, 1, true));
      const total = sum(mul(tokens, expandDims(mask, 2)), 1);
      return where(greater(length, 0), div(total, length), total) as Tensor2D;
    }),
    'has finite gradients where modalities are absent',
    /^gradient of the tokens of grid without grid: must be finite, got NaN/,
  ],
  [
    'adds noise',
    changing((pooled) => add(pooled, Math.random())),
    'repeats itself',
    /^pooled in prediction: value 0 must be/,
  ],
  [
    'has a wrong gradient',
    changing(wrongGradient),
    'has the gradient of its value',
    /^gradient in the parameters: must agree with the differences of the/,
  ],
  [
    'holds a number that is no parameter',
    (made, context) => {
      const factor = 1 + Math.random();
      return changing((pooled) => mul(pooled, factor))(made, context);
    },
    'gives the same state after saving',
    /^pooled after saving and loading: value 0 must be/,
  ],
];

describe('the contract of fusions', () => {
  it('passes a sound fusion', async () => {
    expect(await broken(() => ({}))).toEqual([]);
  });

  describeFaults(fusionContract, cases, faultsOf);
});
