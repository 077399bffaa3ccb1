// The contract passes a sound schedule and finds what is wrong with broken ones.
import { definePlugin, defineSchedule, type Schedule } from '@tessera/core';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { describeFaults, type FaultCase } from '../../test/describeFaults.js';
import { brokenRules, type BrokenRule } from '../brokenRules.js';
import { scheduleContract } from './scheduleContract.js';

/** Halves the rate after each evaluation that was worse than the best. */
function halving(): Required<Schedule> {
  let [factor, best] = [1, -1];
  return {
    factor: () => factor,
    onMetric: (value) => {
      if (value < best) factor /= 2;
      else if (value > best) best = value;
    },
    state: () => ({ factor, best }),
    restore: (state) => {
      factor = state['factor'] ?? 1;
      best = state['best'] ?? -1;
    },
  };
}

async function faultsOf(breaks: (sound: Required<Schedule>) => Partial<Schedule>): Promise<readonly BrokenRule[]> {
  const definition = defineSchedule({
    name: 'halving',
    summary: 'Halves the rate.',
    config: z.strictObject({}),
    create: () => {
      const made = halving();
      return { ...made, ...breaks(made) };
    },
  });
  const plugin = definePlugin({ name: 'schedules', components: [definition] });
  return brokenRules([plugin], {});
}

const broken = async (...given: Parameters<typeof faultsOf>): Promise<string[]> =>
  (await faultsOf(...given)).map(({ rule }) => rule);

const cases: readonly FaultCase<(sound: Required<Schedule>) => Partial<Schedule>>[] = [
  [
    'goes below 0 behind the end',
    () => ({ factor: (step, total) => 1 - step / total }),
    'stays within 0 and 1',
    /^factor: must be within 0 and 1, got -1\./,
  ],
  [
    'divides by a warm-up of no steps',
    () => ({ factor: (step) => step / 0 }),
    'stays within 0 and 1',
    /^factor: must be finite, got NaN at 0\./,
  ],
  [
    'never leaves 0',
    () => ({ factor: () => 0 }),
    'comes near its peak',
    /^factor: must come near 1 in a run of 100 steps, got at most 0\./,
  ],
  [
    'counts how often it is asked',
    () => {
      let asked = 0;
      return { factor: () => 1 / ++asked };
    },
    'depends on step and metrics alone',
    /^factors asked for backwards: must be \[\[1,0\.5,/,
  ],
  [
    'has no state',
    () => ({ state: undefined, restore: undefined }),
    'has a state if it follows a metric',
    /^a schedule that follows a metric needs state and restore\./,
  ],
  [
    'saves half of its state',
    (made) => ({ state: () => ({ best: made.state()['best'] ?? 0 }) }),
    'goes on from a saved state',
    /^factors after a stop behind 1 evaluations: must be \[\[\[/,
  ],
  [
    'saves what no file holds',
    (made) => ({ state: () => ({ ...made.state(), worst: Infinity }) }),
    'goes on from a saved state',
    /^state: must be finite, got Infinity at 2\./,
  ],
];

describe('the contract of schedules', () => {
  it('passes a sound schedule, found by its registration alone', async () => {
    expect(await broken(() => ({}))).toEqual([]);
  });

  describeFaults(scheduleContract, cases, faultsOf);
});
