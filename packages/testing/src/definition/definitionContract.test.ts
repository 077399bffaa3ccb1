import { defineSchedule, definePlugin } from '@tessera/core';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { describeFaults, type FaultCase } from '../../test/describeFaults.js';
import { brokenRules, type BrokenRule } from '../brokenRules.js';
import { definitionContract } from './definitionContract.js';

const fine = {
  name: 'half-rate',
  summary: 'Half the rate.',
  config: z.strictObject({ share: z.number().describe('Share of the rate.').default(1).optional() }),
};

type Change = Partial<{ name: string; summary: string; config: z.ZodObject }>;

async function faultsOf(change: Change): Promise<readonly BrokenRule[]> {
  const definition = defineSchedule({ ...fine, ...change, create: () => ({ factor: () => 1 }) });
  return brokenRules([definePlugin({ name: 'rates', components: [definition] })], {});
}

const broken = async (...given: Parameters<typeof faultsOf>): Promise<string[]> =>
  (await faultsOf(...given)).map(({ rule }) => rule);

const cases: readonly FaultCase<Change>[] = [
  [
    'has a name with capitals',
    { name: 'halfRate' },
    'has a name',
    /^name: must be of small letters, digits and hyphens, got "halfRate"\./,
  ],
  ['has no summary', { summary: '' }, 'has a name', /^summary: must be one line that ends with a full stop, got ""\./],
  [
    'has a summary of two lines',
    { summary: 'Half.\nNot more.' },
    'has a name',
    /^summary: must be one line that ends with a full stop, got "Half\./,
  ],
  [
    'has an option that says nothing',
    { config: z.strictObject({ share: z.number().default(1) }) },
    'describes each',
    /^share: must say what it does, got no description\. Call describe\('…'\)\./,
  ],
  [
    'has an option that grows each time it is read',
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
    /^options must be the same when they are read again, got .+ instead of .+\./,
  ],
  [
    'has an option that no file holds',
    { config: z.strictObject({ share: z.number().default(1).transform(String).describe('Share.') }) },
    'means the same',
    /^options: must be readable as they are saved, got \{"share":"1"\}/,
  ],
  [
    'takes any option',
    { config: z.looseObject({}) },
    'refuses an option that it does not know',
    /^options: an unknown key must be refused, got none for "optoin"\. Use/,
  ],
  [
    'has an option that takes anything',
    { config: z.strictObject({ share: z.unknown().describe('Share.') }) },
    'refuses an option of the wrong type',
    /^share: must refuse some values, got none refused\. Narrow its schema\./,
  ],
  [
    'has an option that fails by chance on the wrong type',
    {
      config: z.strictObject({
        share: z
          .unknown()
          .transform((x) => (x as string).trim())
          .default('all')
          .describe('Share.'),
      }),
    },
    'refuses an option of the wrong type',
    /^options: a wrong one must be refused by the schema, got TypeError:/,
  ],
];

describe('the contract of definitions', () => {
  it('passes a sound one, with the description below a default', async () => {
    expect(await broken({})).toEqual([]);
  });

  describeFaults(definitionContract, cases, faultsOf);
});
