// The contract passes a sound loss and finds what is wrong with broken ones.
import '@tensorflow/tfjs-backend-cpu';
import {
  add,
  cast,
  customGrad,
  exp,
  log,
  logSumExp,
  matMul,
  mean,
  mul,
  neg,
  oneHot,
  ones,
  setBackend,
  softmax,
  split,
  square,
  sub,
  sum,
  tidy,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { defineLoss, definePlugin, ShapeError, type Loss } from '@tessera/core';
import { tidyRecord } from '@tessera/layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { describeFaults, type FaultCase } from '../../test/describeFaults.js';
import { brokenRules, type BrokenRule } from '../brokenRules.js';
import { lossContract } from './lossContract.js';

beforeAll(async () => {
  await setBackend('cpu');
});

const unchecked: Loss['terms'] = (logits, targets) =>
  tidyRecord(() => ({ perSample: mean(square(sub(logits, targets)), 1), weight: ones([logits.shape[0]]) }));

/** The squared error. */
const squared: Loss = {
  targetKind: 'real',
  terms: (logits, targets) => {
    if (logits.shape[1] !== targets.shape[1]) throw new ShapeError(`Squared: 3 values, got ${logits.shape.join()}.`);
    return unchecked(logits, targets);
  },
};

const definitionOf = (loss: Loss) =>
  defineLoss({ name: 'squared', summary: 'Squared error.', config: z.strictObject({}), create: () => loss });

async function faultsOf(loss: Partial<Loss>): Promise<readonly BrokenRule[]> {
  const plugin = definePlugin({ name: 'losses', components: [definitionOf({ ...squared, ...loss })] });
  return brokenRules([plugin], {});
}

const broken = async (...given: Parameters<typeof faultsOf>): Promise<string[]> =>
  (await faultsOf(...given)).map(({ rule }) => rule);

/** A loss that makes another figure of each sample's error. */
const figure = (of: (logits: Tensor2D, targets: Tensor) => Tensor): Partial<Loss> => ({
  terms: (logits, targets) => {
    const { perSample, weight } = squared.terms(logits, targets);
    perSample.dispose();
    return { perSample: tidy(() => of(logits, targets)) as Tensor1D, weight };
  },
});

/** −log softmax, taken apart, for class numbers. */
const naive: Partial<Loss> = {
  targetKind: 'class-index',
  terms: (logits, targets) =>
    tidyRecord(() => {
      if (logits.shape[1] !== 3) throw new ShapeError(`Naive: 3 classes, got ${logits.shape.join()}.`);
      const hot = cast(oneHot(targets as Tensor1D, 3), 'float32');
      return { perSample: neg(sum(mul(hot, log(softmax(logits))), 1)), weight: ones([logits.shape[0]]) };
    }),
};

const wrongGradient = customGrad((x) => ({
  value: (x as Tensor).clone(),
  gradFunc: (dy) => mul(dy, 2),
}));

/** How a loss of pairs is broken. */
interface PairFault {
  readonly sign?: number;
  readonly naive?: boolean;
  readonly countsAll?: boolean;
  readonly unchecked?: boolean;
}

/** Which second side of the batch belongs to each first. */
const paired = ({ sign = 1, naive: isNaive, countsAll, unchecked: anyWidth }: PairFault = {}): Partial<Loss> => ({
  targetKind: 'pair',
  terms: (logits, _targets, present) =>
    tidyRecord(() => {
      if (!anyWidth && logits.shape[1] !== 4) throw new ShapeError(`Paired: 4 numbers, got ${logits.shape.join()}.`);
      const [first, second] = split(logits, 2, 1) as [Tensor2D, Tensor2D];
      const scores = matMul(first, second, false, true);
      const counted = present && !countsAll ? add(scores, mul(sub(1, present), -1e9)) : scores;
      const total = isNaive ? log(sum(exp(counted), 1)) : logSumExp(counted, 1);
      const perSample = mul(sub(total, sum(mul(first, second), 1)), sign) as Tensor1D;
      return { perSample, weight: ones([logits.shape[0]]) };
    }),
});

const cases: readonly FaultCase<Partial<Loss>>[] = [
  [
    'gives one figure for the batch',
    figure((x, y) => mean(square(sub(x, y)))),
    'gives a loss and a weight',
    /^perSample: must have the shape \[4\], got \[\]\./,
  ],
  ['overflows', naive, 'stays finite on extreme logits', /^loss of right logits ±1e4: must be finite, got NaN at 0\./],
  [
    'is best where the prediction is wrong',
    figure((x, y) => neg(mean(square(sub(x, y)), 1))),
    'is less for the right',
    /^loss: must be below/,
  ],
  [
    'compares with the batch’s mean',
    figure((x, y) => sub(mean(square(sub(x, y)), 1), mean(square(sub(x, y))))),
    'treats each sample for itself',
    /^loss and weight of sample 2 among 1: value 0 must be/,
  ],
  [
    'weighs a sample by its error',
    {
      terms: (logits, targets) => {
        const { perSample, weight } = squared.terms(logits, targets);
        weight.dispose();
        return { perSample, weight: perSample.clone() };
      },
    },
    'weighs a sample by its target',
    /^weight: value 0 must be/,
  ],
  [
    'reads the logits of samples without a label',
    figure((x, y) => mul(mean(square(sub(x, y)), 1), sum(square(x)))),
    'lets a sample without a label change nothing',
    /^gradient of a sample without a label: value 0 must be 0, got/,
  ],
  [
    'fails on logits of another width by chance',
    { terms: unchecked },
    'refuses logits of another width',
    /^terms of 4 logits: must throw an error of @tessera\/core, got Error:/,
  ],
  [
    'leaves a tensor behind',
    { terms: (logits, targets) => (ones([1]), squared.terms(logits, targets)) },
    'borrows its arguments',
    /^terms: must leave no tensor behind, got 1 in each run\. Wrap the step/,
  ],

  [
    'adds noise',
    figure((x, y) => add(mean(square(sub(x, y)), 1), Math.random())),
    'repeats itself',
    /^loss of the same logits again: value 0 must be/,
  ],
  [
    'has a wrong gradient',
    figure((x, y) => wrongGradient(mean(square(sub(x, y)), 1))),
    'has the gradient of its value',
    /^gradient for real targets: must agree with the differences of the/,
  ],
  [
    'overflows on pairs',
    paired({ naive: true }),
    'gives a finite loss of each pair',
    /^loss of logits times 10000: must be finite/,
  ],
  [
    'is least for wrong pairs',
    paired({ sign: -1 }),
    'is less where the sides of a pair are alike',
    /^loss: must be less for right pairs/,
  ],
  [
    'takes samples without a side for candidates',
    paired({ countsAll: true }),
    'lets a sample that lacks a side change nothing',
    /^gradient of a sample without a side: value/,
  ],
  [
    'takes pairs of any width',
    paired({ unchecked: true }),
    'refuses pairs of another width',
    /^terms of 6 logits: must throw/,
  ],
];

describe('the contract of losses', () => {
  it('passes a sound loss, found by its registration alone', async () => {
    expect(await broken({})).toEqual([]);
    expect(await broken(paired())).toEqual([]);
  });

  describeFaults(lossContract, cases, faultsOf);

  it('asks for a kind of target', async () => {
    const plugin = definePlugin({ name: 'losses', components: [definitionOf(squared)] });
    const [first] = await brokenRules([plugin], { loss: { squared: [{ targetKinds: ['multi-hot'] }] } });
    expect(first?.message).toBe('squared: must take one kind of target, got none');
  });
});
