import type { Optimizer, Parameter, Schedule } from '@tessera/core';
import { describe, expect, it } from 'vitest';
import { planUpdate } from './updateFeeds.js';

const optimizerOf = (scheduleBy: Optimizer['scheduleBy']): Optimizer => ({
  slots: [],
  learningRate: 1,
  weightDecay: 0,
  scheduleBy,
  stepScalars: (updates) => ({ correction: 1 - 0.5 ** updates }),
  update: () => {
    throw new Error('not used');
  },
});

/** Warms up over four updates, from nothing. */
const schedule: Schedule = { factor: (step) => Math.min(1, step / 4) };

const rule = (path: string, learningRate: number) => ({
  parameter: { path } as Parameter,
  learningRate,
  weightDecay: 0,
});
const rules = [rule('tower.a', 1), rule('tower.b', 1), rule('head.a', 3), rule('head.b', 3)];

const plan = (scheduleBy: Optimizer['scheduleBy'], counts: Record<string, number>, step: number) =>
  planUpdate(
    { optimizer: optimizerOf(scheduleBy), schedule, totalSteps: 10 },
    rules,
    new Map(Object.entries(counts)),
    step,
  );
const all = (tower: number, head: number) => ({ 'tower.a': tower, 'tower.b': tower, 'head.a': head, 'head.b': head });

describe('planUpdate', () => {
  it('gives each rate and each number of updates one feed', () => {
    const { rates, scalars, places } = plan('run', all(1, 1), 2);
    expect(rates).toEqual([0.5, 1.5]);
    expect(scalars).toEqual([{ correction: 0.75 }]);
    expect(places.get('head.b')).toEqual({ rate: 1, scalars: 0 });
  });

  it('keeps its key from update to update, also while rates are 0 and so alike', () => {
    const keys = [0, 1, 2, 5].map((step) => plan('run', all(step, step), step).key);
    expect(plan('run', all(0, 0), 0).rates).toEqual([0, 0]);
    expect(new Set(keys)).toEqual(new Set(['0.0*2 1.0*2']));
  });

  it.each(['run', 'parameter'] as const)(
    'has another key, kept from then on, once parameters of other counts join: by %s',
    (by) => {
      const before = plan(by, all(3, 3), 3);
      const joined = [4, 5].map((step) => plan(by, all(step - 4, step), step));
      expect(joined[0]?.key).not.toBe(before.key);
      expect(joined[1]?.key).toBe(joined[0]?.key);
      expect(joined[0]?.scalars).toEqual([{ correction: 0.5 }, { correction: 1 - 0.5 ** 5 }]);
      expect(joined[0]?.rates).toEqual(by === 'run' ? [1, 3] : [0, 3]);
    },
  );
});
