// The contract passes a sound schedule and finds what is wrong with broken ones.
import { definePlugin, defineSchedule, type Schedule } from '@tessera/core';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { brokenRules } from '../brokenRules.js';

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

async function broken(breaks: (sound: Required<Schedule>) => Partial<Schedule>): Promise<string[]> {
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
  return (await brokenRules([plugin], {})).map(({ rule }) => rule);
}

const cases: [what: string, breaks: (sound: Required<Schedule>) => Partial<Schedule>, rule: string][] = [
  ['goes below 0 behind the end', () => ({ factor: (step, total) => 1 - step / total }), 'stays within 0 and 1'],
  ['divides by a warm-up of no steps', () => ({ factor: (step) => step / 0 }), 'stays within 0 and 1'],
  ['never leaves 0', () => ({ factor: () => 0 }), 'comes near its peak'],
  [
    'counts how often it is asked',
    () => {
      let asked = 0;
      return { factor: () => 1 / ++asked };
    },
    'depends on step and metrics alone',
  ],
  ['has no state', () => ({ state: undefined, restore: undefined }), 'has a state if it follows a metric'],
  [
    'saves half of its state',
    (made) => ({ state: () => ({ best: made.state()['best'] ?? 0 }) }),
    'goes on from a saved state',
  ],
  [
    'saves what no file holds',
    (made) => ({ state: () => ({ ...made.state(), worst: Infinity }) }),
    'goes on from a saved state',
  ],
];

describe('the contract of schedules', () => {
  it('passes a sound schedule, found by its registration alone', async () => {
    expect(await broken(() => ({}))).toEqual([]);
  });

  it.each(cases)('finds one that %s', async (_, breaks, rule) => {
    expect((await broken(breaks)).filter((found) => found.startsWith(rule))).toHaveLength(1);
  });
});
