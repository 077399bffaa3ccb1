// The contract passes a sound dataset and finds what is wrong with broken ones.
import { DataError, defineDataset, definePlugin, type Dataset, type Sample, type Split } from '@tessera/core';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { brokenRules } from '../brokenRules.js';
import type { DatasetCase } from './datasetContract.js';

const words = ['fox', 'cat', 'owl'];
const sampleAt = (index: number): Sample => {
  const word = words[index];
  if (word === undefined) throw new DataError(`words: an index must be below ${words.length}, got ${index}.`);
  return { id: word, inputs: { text: word }, targets: { label: 'animal' }, origin: `words, row ${index + 1}` };
};
const train: Split = { name: 'train', origin: 'words', length: words.length, sample: sampleAt };
const dataset: Dataset = { fingerprint: 'words', splits: { train } };

const sound: DatasetCase = {
  options: { file: 'words.txt' },
  request: { baseFolder: '.', modalities: [{ name: 'text', input: 'value' }], heads: ['label'] },
  faults: [{ options: { file: 'none.txt' }, names: 'none.txt' }],
};

async function broken(change: Partial<Dataset>, open = requireWords): Promise<string[]> {
  const definition = defineDataset({
    name: 'words',
    summary: 'Words.',
    config: z.strictObject({ file: z.string().describe('A file of words.') }),
    create: ({ file }) => (open(file), { ...dataset, ...change }),
  });
  const plugin = definePlugin({ name: 'words', components: [definition] });
  return (await brokenRules([plugin], { dataset: { words: [sound] } })).map(({ rule }) => rule);
}

function requireWords(file: string): void {
  if (file !== 'words.txt') throw new DataError(`data.file: must exist, got ${file}.`);
}

const splitThat = (changed: Partial<Split>): Partial<Dataset> => ({ splits: { train: { ...train, ...changed } } });
const samplesThat = (change: (sample: Sample) => Partial<Sample>): Partial<Dataset> =>
  splitThat({ sample: (index) => ({ ...sampleAt(index), ...change(sampleAt(index)) }) });

const cases: [what: string, change: Partial<Dataset>, rule: string][] = [
  ['has no splits', { splits: {} }, 'has splits with samples'],
  ['has an empty split', splitThat({ length: 0 }), 'has splits with samples'],
  ['has a split of another name', splitThat({ name: 'test' }), 'has splits with samples'],
  [
    'gives a modality nobody asked for',
    samplesThat(() => ({ inputs: { sound: 'miaow' } })),
    'gives samples of the modalities',
  ],
  [
    'gives undefined for what is absent',
    samplesThat(() => ({ inputs: { text: undefined } })),
    'gives samples of the modalities',
  ],
  ['gives two samples one id', samplesThat(() => ({ id: 'word' })), 'names each sample once'],
  [
    'gives another sample each time',
    samplesThat(() => ({ inputs: { text: String(Math.random()) } })),
    'gives the same sample',
  ],
  [
    'gives undefined outside',
    splitThat({ sample: (i) => (i in words ? sampleAt(i) : (undefined as never)) }),
    'refuses an index',
  ],
];

describe('the contract of datasets', () => {
  it('passes a sound dataset', async () => {
    expect(await broken({})).toEqual([]);
  });

  it.each(cases)('finds one that %s', async (_, change, rule) => {
    expect((await broken(change)).filter((found) => found.startsWith(rule))).toHaveLength(1);
  });

  it('finds one that is another when it is opened again', async () => {
    let opened = 0;
    const changing: Partial<Dataset> = {
      get fingerprint() {
        return `words ${opened}`;
      },
    };
    expect(await broken(changing, (file) => (opened++, requireWords(file)))).toEqual([
      'is the same when it is opened again',
    ]);
  });

  it('finds one that opens a file which is not there, or fails without its name', async () => {
    const rule = ['refuses what it cannot read, and says which file and row'];
    expect(await broken({}, () => undefined)).toEqual(rule);
    const nameless = (file: string): void => {
      if (file !== 'words.txt') throw new DataError('data.file: must exist.');
    };
    expect(await broken({}, nameless)).toEqual(rule);
  });
});
