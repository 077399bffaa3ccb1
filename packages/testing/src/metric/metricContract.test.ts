// The contract passes sound metrics and finds what is wrong with broken ones.
import { defineMetric, definePlugin, type Metric } from '@tessera/core';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { describeFaults, type FaultCase } from '../../test/describeFaults.js';
import { brokenRules, type BrokenRule } from '../brokenRules.js';
import { metricContract } from './metricContract.js';

/** Share of class numbers predicted wrong. */
const errorRate: Metric = {
  targetKinds: ['class-index'],
  greaterIsBetter: false,
  compute: ({ targets, predictions, numSamples }) =>
    Array.from(targets).filter((target, i) => target !== predictions[i]).length / numSamples,
};

async function faultsOf(metric: Partial<Metric>): Promise<readonly BrokenRule[]> {
  const definition = defineMetric({
    name: 'error-rate',
    summary: 'Share of samples predicted wrong.',
    config: z.strictObject({}),
    create: () => ({ ...errorRate, ...metric }),
  });
  const plugin = definePlugin({ name: 'metrics', components: [definition] });
  return brokenRules([plugin], {});
}

const broken = async (...given: Parameters<typeof faultsOf>): Promise<string[]> =>
  (await faultsOf(...given)).map(({ rule }) => rule);

const cases: readonly FaultCase<Partial<Metric>>[] = [
  ['is for nothing', { targetKinds: [] }, 'says which targets', /^targetKinds: must name a kind of target, got none\./],
  [
    'says that more errors are better',
    { greaterIsBetter: true },
    'is best when every prediction is right',
    /^class-index: all right must be better than all wrong, got 0 and 1\./,
  ],
  [
    'is 0 without samples',
    { compute: (table) => errorRate.compute(table) || 0 },
    'is NaN without samples',
    /^class-index: must be NaN without samples, got 0\./,
  ],
  [
    'throws where it is undefined',
    {
      compute: (table) => {
        if (new Set(table.targets).size < 2) throw new RangeError('one class only');
        return errorRate.compute(table);
      },
    },
    'gives a number or NaN',
    /^compute: must give NaN where it is undefined, got RangeError: one/,
  ],
  [
    'weighs later samples more',
    {
      compute: ({ targets, predictions, numSamples }) =>
        Array.from(targets).reduce((sum, target, i) => sum + (target === predictions[i] ? 0 : i), 0) / numSamples,
    },
    'does not depend on the order',
    /^class-index, reordered: value 0 must be/,
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
    /^class-index: the table must be the same after compute, got .+ instead of .+\./,
  ],
];

describe('the contract of metrics', () => {
  it('passes a sound metric, found by its registration alone', async () => {
    expect(await broken({})).toEqual([]);
  });

  describeFaults(metricContract, cases, faultsOf);
});
