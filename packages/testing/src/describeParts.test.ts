// What happens with parts that have no case, and with cases that have no part.
import { defineEncoder, defineMetric, definePlugin } from '@tessera/core';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { brokenRules } from './brokenRules.js';
import { definitionContract } from './definition/definitionContract.js';
import { describeParts } from './describeParts.js';
import { metricContract } from './metric/metricContract.js';

const config = z.strictObject({ power: z.int().default(1).describe('What the share is raised to.') });
const smell = defineEncoder<string>()({
  name: 'smell',
  summary: 'Smells.',
  config,
  create: () => {
    throw new Error('never made');
  },
});
const rightShare = defineMetric({
  name: 'right-share',
  summary: 'Share of samples predicted right.',
  config,
  create: ({ power }) => ({
    targetKinds: ['class-index'],
    greaterIsBetter: true,
    compute: ({ targets, predictions, numSamples }) =>
      (Array.from(targets).filter((target, i) => target === predictions[i]).length / numSamples) ** power,
  }),
});

describe('describeParts', () => {
  it('fails for a part that needs a case and has none, and says what to add', async () => {
    const plugin = definePlugin({ name: 'nose', components: [smell] });
    expect(await brokenRules([plugin], {})).toEqual([
      {
        part: 'encoder smell',
        rule: 'has a contract case',
        message:
          'encoder "smell" of plugin "nose" has no contract case. ' +
          "Add one to the cases: { encoder: { 'smell': [{ options, samples, faults }] } }.",
      },
    ]);
  });

  it('fails for a case whose part nobody registered', async () => {
    expect(await brokenRules([], { metric: { 'right-shares': [{}] } })).toEqual([
      {
        part: 'metric right-shares',
        rule: 'has a contract case',
        message:
          'metric "right-shares" has a case and is not registered. Remove the case, or list the part in a plugin.',
      },
    ]);
  });

  it('names each case by its options or its own name, and has a test for each rule', () => {
    const plugin = definePlugin({ name: 'metrics', components: [rightShare] });
    const [names, rules]: [string[], string[]] = [[], []];
    const framework = {
      describe: (name: string, body: () => void) => (names.push(name), body()),
      it: (rule: string) => void rules.push(rule),
    };
    describeParts(framework, [plugin], {
      metric: { 'right-share': [{}, { options: { power: 2 } }, { name: 'cubed', options: { power: 3 } }] },
    });
    expect(names).toEqual([
      'definition of metric right-share',
      'metric right-share',
      'metric right-share, {"power":2}',
      'metric right-share, cubed',
    ]);
    const [own, shared] = [definitionContract.length, metricContract.length];
    expect([rules.length, new Set(rules).size]).toEqual([own + 3 * shared, own + shared]);
  });

  it('tries a part with the options of its case', async () => {
    const plugin = definePlugin({ name: 'metrics', components: [rightShare] });
    const [first] = await brokenRules([plugin], { metric: { 'right-share': [{ options: { power: -1 } }] } });
    expect(first?.message).toContain('must be better than all wrong');
    const [wrong] = await brokenRules([plugin], { metric: { 'right-share': [{ options: { powr: 1 } }] } });
    expect(wrong?.message).toContain('powr');
  });
});
