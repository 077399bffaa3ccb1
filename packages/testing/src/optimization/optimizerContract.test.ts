// The contract passes a sound optimizer and finds what is wrong with broken ones.
import '@tensorflow/tfjs-backend-cpu';
import { add, mul, neg, ones, setBackend, sqrt, square, sub, div, type Tensor } from '@tensorflow/tfjs-core';
import { defineOptimizer, definePlugin, type Optimizer, type UpdateInput } from '@tessera/core';
import { tidyRecord } from '@tessera/layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { describeFaults, type FaultCase } from '../../test/describeFaults.js';
import { brokenRules, type BrokenRule } from '../brokenRules.js';
import { optimizerContract } from './optimizerContract.js';

beforeAll(async () => {
  await setBackend('cpu');
});

const scaledGradient = ({ gradient, gradientScale }: UpdateInput): Tensor =>
  gradientScale ? mul(gradient, gradientScale) : gradient;

/** Gradient descent with momentum and decoupled decay. */
const momentum: Optimizer = {
  slots: ['momentum'],
  learningRate: 0.1,
  weightDecay: 0.01,
  scheduleBy: 'run',
  stepScalars: (updates) => ({ updates }),
  update: (input) =>
    tidyRecord(() => {
      const { parameter, slots, learningRate, weightDecay } = input;
      const step = add(mul(slots['momentum'] as Tensor, 0.9), scaledGradient(input));
      const decayed = sub(parameter, mul(parameter, mul(learningRate, weightDecay)));
      return { parameter: sub(decayed, mul(step, learningRate)), slots: { momentum: step } };
    }),
};

async function faultsOf(optimizer: Partial<Optimizer>): Promise<readonly BrokenRule[]> {
  const definition = defineOptimizer({
    name: 'momentum',
    summary: 'Momentum.',
    config: z.strictObject({}),
    create: () => ({ ...momentum, ...optimizer }),
  });
  const plugin = definePlugin({ name: 'optimizers', components: [definition] });
  return brokenRules([plugin], {});
}

const broken = async (...given: Parameters<typeof faultsOf>): Promise<string[]> =>
  (await faultsOf(...given)).map(({ rule }) => rule);

/** An optimizer that is told something else. */
const told = (change: (input: UpdateInput) => Partial<UpdateInput>): Partial<Optimizer> => ({
  update: (input) => tidyRecord(() => momentum.update({ ...input, ...change(input) })),
});

let updates = 0;
const cases: readonly FaultCase<Partial<Optimizer>>[] = [
  ['has a rate of 0', { learningRate: 0 }, 'declares a rate above 0', /^learningRate: must be above 0, got 0\./],
  [
    'climbs',
    told(({ gradient }) => ({ gradient: neg(gradient) })),
    'moves a parameter against',
    /^update: must go against a gradient of 0\.3, got a move of/,
  ],
  [
    'moves at rate 0',
    told(({ learningRate }) => ({ learningRate: add(learningRate, 0.01) })),
    'changes no parameter at rate 0',
    /^parameter at rate 0: value 0 must be 1, got/,
  ],
  [
    'moves without a gradient',
    told(({ gradient }) => ({ gradient: add(gradient, 0.001) })),
    'changes no parameter without gradient',
    /^parameter without gradient: value 0 must be 1, got/,
  ],
  [
    'forgets the decay',
    told(() => ({ weightDecay: 0 })),
    'decays parameters',
    /^update: decay must bring 1 nearer to 0, got 1\./,
  ],
  [
    'decays the wrong way',
    told(({ weightDecay }) => ({ weightDecay: -weightDecay })),
    'decays parameters',
    /^update: decay must bring 1 nearer to 0, got/,
  ],
  [
    'divides 0 by 0',
    told(({ gradient }) => ({ gradient: div(gradient, sqrt(square(gradient))) })),
    'changes no parameter without gradient',
    /^parameter without gradient: value 0 must be 1, got NaN\./,
  ],
  [
    'declares a slot that it does not keep',
    { slots: ['momentum', 'v'] },
    'keeps a slot',
    /^slots after an update: must be \["momentum","v"\], got \["momentum"\]\./,
  ],
  [
    'needs other scalars later',
    { stepScalars: (count) => (count > 1 ? { updates: count } : {}) as Record<string, number> },
    'needs the same finite scalars',
    /^scalars of update 2: must be \[\], got \["updates"\]\./,
  ],
  [
    'forgets the scale',
    told(() => ({ gradientScale: undefined })),
    'takes the scale',
    /^parameter with a scaled gradient: value 0 must be/,
  ],
  [
    'counts its updates itself',
    told(({ gradient }) => ({ gradient: mul(gradient, ++updates) })),
    'keeps no state',
    /^the same updates again: must be \{"parameter":\[/,
  ],
  [
    'hardly moves',
    told(({ gradient }) => ({ gradient: mul(gradient, 1e-4) })),
    'goes down a parabola',
    /^200 updates on a parabola: must leave less than 0\.1 of its height, got/,
  ],
  [
    'leaves a tensor behind',
    { update: (input) => (ones([1]), momentum.update(input)) },
    'borrows its arguments',
    /^update: must leave no tensor behind, got 1 in each run\. Wrap the step/,
  ],
  [
    'returns its argument',
    {
      update: (input) => {
        const { slots, parameter } = momentum.update(input);
        parameter.dispose();
        return { slots, parameter: input.parameter };
      },
    },
    'borrows its arguments',
    /^update: must not return an argument; clone it\./,
  ],
];

describe('the contract of optimizers', () => {
  it('passes a sound optimizer, found by its registration alone', async () => {
    expect(await broken({})).toEqual([]);
  });

  describeFaults(optimizerContract, cases, faultsOf);
});
