// The contract passes sound metrics and finds what is wrong with broken ones.
import { defineMetric, definePlugin, type Metric } from '@tessera/core';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { brokenRules } from '../brokenRules.js';

/** Share of class numbers predicted wrong. */
const errorRate: Metric = {
  targetKinds: ['class-index'],
  greaterIsBetter: false,
  compute: ({ targets, predictions, numSamples }) =>
    Array.from(targets).filter((target, i) => target !== predictions[i]).length / numSamples,
};

async function broken(metric: Partial<Metric>): Promise<string[]> {
  const definition = defineMetric({
    name: 'error-rate',
    summary: 'Share of samples predicted wrong.',
    config: z.strictObject({}),
    create: () => ({ ...errorRate, ...metric }),
  });
  const plugin = definePlugin({ name: 'metrics', components: [definition] });
  return (await brokenRules([plugin], {})).map(({ rule }) => rule);
}

const cases: [what: string, metric: Partial<Metric>, rule: string][] = [
  ['is for nothing', { targetKinds: [] }, 'says which targets'],
  ['says that more errors are better', { greaterIsBetter: true }, 'is best when every prediction is right'],
  ['is 0 without samples', { compute: (table) => errorRate.compute(table) || 0 }, 'is NaN without samples'],
  [
    'throws where it is undefined',
    {
      compute: (table) => {
        if (new Set(table.targets).size < 2) throw new RangeError('one class only');
        return errorRate.compute(table);
      },
    },
    'gives a number or NaN',
  ],
  [
    'weighs later samples more',
    {
      compute: ({ targets, predictions, numSamples }) =>
        Array.from(targets).reduce((sum, target, i) => sum + (target === predictions[i] ? 0 : i), 0) / numSamples,
    },
    'does not depend on the order',
  ],
  [
    'sorts its table',
    {
      compute: (table) => {
        const figure = errorRate.compute(table);
        table.scores.sort();
        return figure;
      },
    },
    'leaves its table as it was',
  ],
];

describe('the contract of metrics', () => {
  it('passes a sound metric, found by its registration alone', async () => {
    expect(await broken({})).toEqual([]);
  });

  it.each(cases)('finds one that %s', async (_, metric, rule) => {
    expect((await broken(metric)).filter((found) => found.startsWith(rule))).toHaveLength(1);
  });
});
