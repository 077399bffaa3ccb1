// PyTorch's rates are in test/parity/training.test.ts; here is what they do not show.
import type { Definition, Schedule } from '@tessera/core';
import { describe, expect, it } from 'vitest';
import { cosine } from './cosine.js';
import { schedules } from './index.js';
import { linear } from './linear.js';
import { plateau } from './plateau.js';

const none = {} as never;
const create = (definition: Definition<'schedule'>, options: object): Schedule =>
  definition.create(definition.config.parse(options), none, none) as Schedule;
const curve = (schedule: Schedule, totalSteps: number): number[] =>
  Array.from({ length: totalSteps }, (_, step) => schedule.factor(step, totalSteps));

describe('every schedule', () => {
  it.each(schedules.map((definition) => [definition.name, definition] as const))(
    '%s stays within 0 and 1, beyond the end and for runs of one step too',
    (_, definition) => {
      const schedule = create(definition, {});
      const factors = [1, 2, 7, 100].flatMap((total) =>
        Array.from({ length: total + 5 }, (__, step) => schedule.factor(step, total)),
      );
      for (const factor of factors) {
        expect(factor).toBeGreaterThanOrEqual(0);
        expect(factor).toBeLessThanOrEqual(1);
      }
    },
  );
});

describe('linear', () => {
  it('expresses the recipe of the emoji reference exactly', () => {
    const total = 580;
    const recipe = (s: number): number =>
      Math.min(1, (s + 1) / (0.1 * total)) * Math.max(0.02, 1 - Math.max(0, s / total - 0.1) / 0.9);
    const got = curve(create(linear, { warmup: 0.1, warmupFrom: 'first-step', floor: 0.02 }), total);
    got.forEach((factor, step) => {
      expect(factor).toBeCloseTo(recipe(step), 12);
    });
  });

  it('reads a warm-up below 1 as a share and from 1 as a number of updates', () => {
    expect(curve(create(linear, { warmup: 0.5 }), 4)).toEqual([0, 0.5, 1, 0.5]);
    expect(curve(create(linear, { warmup: 2 }), 4)).toEqual([0, 0.5, 1, 0.5]);
    expect(curve(create(linear, { warmup: 0 }), 4)).toEqual([1, 0.75, 0.5, 0.25]);
  });
});

describe('a warm-up longer than the run', () => {
  it.each([
    ['linear', linear],
    ['cosine', cosine],
  ] as const)('leaves the floor of %s behind it, and never more than the peak', (_, definition) => {
    const schedule = create(definition, { warmup: 3, floor: 0.1 });
    expect([0, 1, 2, 3, 4, 5].map((step) => schedule.factor(step, 2))).toEqual([0, 1 / 3, 2 / 3, 1, 0.1, 0.1]);
  });
});

describe('plateau', () => {
  const follow = (schedule: Schedule, figures: number[], greaterIsBetter: boolean): number[] =>
    figures.map((figure) => {
      schedule.onMetric?.(figure, greaterIsBetter);
      return schedule.factor(0, 10);
    });

  it('reduces when the metric has not improved for more than the patience', () => {
    expect(follow(create(plateau, { patience: 1 }), [0.5, 0.5, 0.4, 0.6, 0.6, 0.6], true)).toEqual([
      1, 1, 0.5, 0.5, 0.5, 0.25,
    ]);
  });

  it('counts an undefined figure as no improvement', () => {
    expect(follow(create(plateau, { patience: 1 }), [NaN, NaN, 0.5], true)).toEqual([1, 0.5, 0.5]);
  });

  it('multiplies warm-up and linear decay', () => {
    const schedule = create(plateau, { patience: 0, warmup: 2, decay: 'linear' });
    schedule.onMetric?.(1, false);
    schedule.onMetric?.(1, false);
    expect(curve(schedule, 4)).toEqual([0, 0.25, 0.5, 0.25]);
  });

  it('has a state of finite numbers before its first figure', () => {
    expect(create(plateau, {}).state?.()).toEqual({ reduction: 1, badEvaluations: 0, cooldownLeft: 0 });
  });
});
