import { tensor, type Tensor } from '@tensorflow/tfjs-core';
import { expectNoLeak } from '../checks/leakCheck.js';
import type { Contract } from '../contract.js';
import { expectAgree, expectEqual, expectFinite, expectShape, expectThat } from '../expectations.js';
import { descend, exampleStart, updateInput, type OptimizerSubject } from './optimizerSubject.js';

const gradient = [0.3, -0.2, -1, 0.5];
const none = [0, 0, 0, 0];

/** What every optimizer keeps to. */
export const optimizerContract: Contract<OptimizerSubject> = [
  {
    rule: 'declares a rate above 0 and a decay',
    check: ({ optimizer }) => {
      expectThat(optimizer.learningRate > 0, `learningRate: must be above 0, got ${optimizer.learningRate}.`);
      expectThat(optimizer.weightDecay >= 0, `weightDecay: must not be below 0, got ${optimizer.weightDecay}.`);
      expectThat(['run', 'parameter'].includes(optimizer.scheduleBy), `scheduleBy: got ${optimizer.scheduleBy}.`);
    },
  },
  {
    rule: 'moves a parameter against its gradient',
    check: async ({ optimizer }) => {
      const { parameter } = await descend(optimizer, { gradient });
      parameter.forEach((value, i) => {
        const [move, slope] = [value - (exampleStart[i] ?? 0), gradient[i] ?? 0];
        expectThat(move * slope < 0, `update: must go against a gradient of ${slope}, got a move of ${move}.`);
      });
    },
  },
  {
    rule: 'changes no parameter at rate 0',
    check: async ({ optimizer }) => {
      const { parameter } = await descend(optimizer, { gradient, learningRate: 0, weightDecay: 0.1, updates: 3 });
      expectAgree(parameter, exampleStart, 'parameter at rate 0', 0);
    },
  },
  {
    rule: 'changes no parameter without gradient and decay, from slots of zeros',
    check: async ({ optimizer }) => {
      const { parameter } = await descend(optimizer, { gradient: none });
      expectAgree(parameter, exampleStart, 'parameter without gradient', 0);
    },
  },
  {
    rule: 'decays parameters towards 0, and only when asked',
    check: async ({ optimizer }) => {
      const { parameter } = await descend(optimizer, { gradient: none, learningRate: 0.01, weightDecay: 0.1 });
      parameter.forEach((value, i) => {
        const before = exampleStart[i] ?? 0;
        const nearer = Math.abs(value) < Math.abs(before) && value * before > 0;
        expectThat(nearer, `update: decay must bring ${before} nearer to 0, got ${value}.`);
      });
    },
  },
  {
    rule: 'keeps a slot of the same shape for each name it declares',
    check: async ({ optimizer }) => {
      const { slots } = await descend(optimizer, { gradient, updates: 2 });
      expectEqual(Object.keys(slots).sort(), [...optimizer.slots].sort(), 'slots after an update');
      for (const [name, values] of Object.entries(slots)) {
        expectShape([values.length], [exampleStart.length], `slot ${name}`);
        expectFinite(values, `slot ${name}`);
      }
    },
  },
  {
    rule: 'needs the same finite scalars in every update',
    check: ({ optimizer }) => {
      const names = Object.keys(optimizer.stepScalars(1));
      for (const updates of [1, 2, 1000, 1_000_000]) {
        const scalars = optimizer.stepScalars(updates);
        expectEqual(Object.keys(scalars), names, `scalars of update ${updates}`);
        expectFinite(Object.values(scalars), `scalars of update ${updates}`);
      }
    },
  },
  {
    rule: 'takes the scale as a factor on the gradient',
    check: async ({ optimizer }) => {
      const scaled = await descend(optimizer, { gradient, gradientScale: 0.5, updates: 3 });
      const halved = await descend(optimizer, { gradient: gradient.map((slope) => slope / 2), updates: 3 });
      expectAgree(scaled.parameter, halved.parameter, 'parameter with a scaled gradient', 1e-5);
    },
  },
  {
    rule: 'keeps no state of its own',
    check: async ({ optimizer }) => {
      const first = await descend(optimizer, { gradient, updates: 3 });
      await descend(optimizer, { gradient: [9, 9, 9, 9], start: [5, 5, 5, 5], updates: 2 });
      expectEqual(await descend(optimizer, { gradient, updates: 3 }), first, 'the same updates again');
    },
  },
  {
    rule: 'goes down a parabola',
    check: async ({ optimizer }) => {
      const { parameter } = await descend(optimizer, { gradient: (x) => x.clone(), learningRate: 0.02, updates: 200 });
      const heightOf = (values: readonly number[]): number => values.reduce((sum, x) => sum + x * x, 0);
      const share = heightOf(parameter) / heightOf(exampleStart);
      expectThat(share < 0.1, `200 updates on a parabola: must leave less than 0.1 of its height, got ${share}.`);
    },
  },
  {
    rule: 'borrows its arguments, owns its results and leaves no tensor behind',
    check: async ({ optimizer }) => {
      await expectNoLeak(() => {
        const descent = { gradient, gradientScale: 0.5, weightDecay: 0.1 };
        const input = updateInput(optimizer, tensor([...exampleStart], [2, 2]), descent, 1);
        const { parameter, gradient: slopes, slots, learningRate, scalars, gradientScale } = input;
        const borrowed = [parameter, slopes, learningRate, ...Object.values(slots), ...Object.values(scalars)];
        const result = optimizer.update(input);
        const owned: Tensor[] = [result.parameter, ...Object.values(result.slots)];
        expectThat(
          owned.every((made) => !borrowed.includes(made)),
          'update: must not return an argument; clone it.',
        );
        for (const made of owned) made.dispose();
        for (const argument of [...borrowed, ...(gradientScale ? [gradientScale] : [])]) {
          expectThat(!argument.isDisposed, 'update: must leave its arguments, got a disposed one.');
          argument.dispose();
        }
      }, 'update');
    },
  },
];
