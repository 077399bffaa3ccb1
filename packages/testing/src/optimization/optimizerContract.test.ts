// The contract passes a sound optimizer and finds what is wrong with broken ones.
import '@tensorflow/tfjs-backend-cpu';
import { add, mul, neg, ones, setBackend, sqrt, square, sub, div, type Tensor } from '@tensorflow/tfjs-core';
import { defineOptimizer, definePlugin, type Optimizer, type UpdateInput } from '@tessera/core';
import { tidyRecord } from '@tessera/layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { brokenRules } from '../brokenRules.js';

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

async function broken(optimizer: Partial<Optimizer>): Promise<string[]> {
  const definition = defineOptimizer({
    name: 'momentum',
    summary: 'Momentum.',
    config: z.strictObject({}),
    create: () => ({ ...momentum, ...optimizer }),
  });
  const plugin = definePlugin({ name: 'optimizers', components: [definition] });
  return (await brokenRules([plugin], {})).map(({ rule }) => rule);
}

/** An optimizer that is told something else. */
const told = (change: (input: UpdateInput) => Partial<UpdateInput>): Partial<Optimizer> => ({
  update: (input) => tidyRecord(() => momentum.update({ ...input, ...change(input) })),
});

let updates = 0;
const cases: [what: string, optimizer: Partial<Optimizer>, rule: string][] = [
  ['has a rate of 0', { learningRate: 0 }, 'declares a rate above 0'],
  ['climbs', told(({ gradient }) => ({ gradient: neg(gradient) })), 'moves a parameter against'],
  [
    'moves at rate 0',
    told(({ learningRate }) => ({ learningRate: add(learningRate, 0.01) })),
    'changes no parameter at rate 0',
  ],
  [
    'moves without a gradient',
    told(({ gradient }) => ({ gradient: add(gradient, 0.001) })),
    'changes no parameter without gradient',
  ],
  ['forgets the decay', told(() => ({ weightDecay: 0 })), 'decays parameters'],
  ['decays the wrong way', told(({ weightDecay }) => ({ weightDecay: -weightDecay })), 'decays parameters'],
  [
    'divides 0 by 0',
    told(({ gradient }) => ({ gradient: div(gradient, sqrt(square(gradient))) })),
    'changes no parameter without gradient',
  ],
  ['declares a slot that it does not keep', { slots: ['momentum', 'v'] }, 'keeps a slot'],
  [
    'needs other scalars later',
    { stepScalars: (count) => (count > 1 ? { updates: count } : {}) as Record<string, number> },
    'needs the same finite scalars',
  ],
  ['forgets the scale', told(() => ({ gradientScale: undefined })), 'takes the scale'],
  ['counts its updates itself', told(({ gradient }) => ({ gradient: mul(gradient, ++updates) })), 'keeps no state'],
  ['hardly moves', told(({ gradient }) => ({ gradient: mul(gradient, 1e-4) })), 'goes down a parabola'],
  ['leaves a tensor behind', { update: (input) => (ones([1]), momentum.update(input)) }, 'borrows its arguments'],
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
  ],
];

describe('the contract of optimizers', () => {
  it('passes a sound optimizer, found by its registration alone', async () => {
    expect(await broken({})).toEqual([]);
  });

  it.each(cases)('finds one that %s', async (_, optimizer, rule) => {
    expect((await broken(optimizer)).filter((found) => found.startsWith(rule))).toHaveLength(1);
  });
});
