import { defineSchedule, definePlugin } from '@tessera/core';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { brokenRules } from '../brokenRules.js';

const fine = {
  name: 'half-rate',
  summary: 'Half the rate.',
  config: z.strictObject({ share: z.number().describe('Share of the rate.').default(1).optional() }),
};

async function broken(change: Partial<{ name: string; summary: string; config: z.ZodObject }>): Promise<string[]> {
  const definition = defineSchedule({ ...fine, ...change, create: () => ({ factor: () => 1 }) });
  return (await brokenRules([definePlugin({ name: 'rates', components: [definition] })], {})).map(({ rule }) => rule);
}

const cases: [what: string, change: Parameters<typeof broken>[0], rule: string][] = [
  ['a name with capitals', { name: 'halfRate' }, 'has a name'],
  ['no summary', { summary: '' }, 'has a name'],
  ['a summary of two lines', { summary: 'Half.\nNot more.' }, 'has a name'],
  ['an option that says nothing', { config: z.strictObject({ share: z.number().default(1) }) }, 'describes each'],
  [
    'an option that grows each time it is read',
    {
      config: z.strictObject({
        share: z
          .number()
          .default(1)
          .transform((x) => 2 * x)
          .describe('Share.'),
      }),
    },
    'means the same',
  ],
  [
    'an option that no file holds',
    { config: z.strictObject({ share: z.number().default(1).transform(String).describe('Share.') }) },
    'means the same',
  ],
];

describe('the contract of definitions', () => {
  it('passes a sound one, with the description below a default', async () => {
    expect(await broken({})).toEqual([]);
  });

  it.each(cases)('finds %s', async (_, change, rule) => {
    expect((await broken(change)).filter((found) => found.startsWith(rule))).toHaveLength(1);
  });
});
