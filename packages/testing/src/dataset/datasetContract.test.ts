// The contract passes a sound dataset and finds what is wrong with broken ones.
import { DataError, defineDataset, definePlugin, type Dataset, type Sample, type Split } from '@tessera/core';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { describeFaults, type FaultCase } from '../../test/describeFaults.js';
import { brokenRules, type BrokenRule } from '../brokenRules.js';
import { datasetContract, type DatasetCase } from './datasetContract.js';

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

/** What is changed of the dataset, and how it looks at its file. */
type Faulty = Partial<Dataset> & { readonly open?: (file: string) => void };

async function faultsOf(change: Faulty): Promise<readonly BrokenRule[]> {
  const { open = requireWords } = change;
  const definition = defineDataset({
    name: 'words',
    summary: 'Words.',
    config: z.strictObject({ file: z.string().describe('A file of words.') }),
    create: ({ file }) => (open(file), { ...dataset, ...change }),
  });
  const plugin = definePlugin({ name: 'words', components: [definition] });
  return brokenRules([plugin], { dataset: { words: [sound] } });
}

const broken = async (...given: Parameters<typeof faultsOf>): Promise<string[]> =>
  (await faultsOf(...given)).map(({ rule }) => rule);

function requireWords(file: string): void {
  if (file !== 'words.txt') throw new DataError(`data.file: must exist, got ${file}.`);
}

const splitThat = (changed: Partial<Split>): Partial<Dataset> => ({ splits: { train: { ...train, ...changed } } });
const samplesThat = (change: (sample: Sample) => Partial<Sample>): Partial<Dataset> =>
  splitThat({ sample: (index) => ({ ...sampleAt(index), ...change(sampleAt(index)) }) });

let opened = 0;
const cases: readonly FaultCase<Faulty>[] = [
  ['has no splits', { splits: {} }, 'has splits with samples', /^splits: must be one at least, got none\./],
  ['has an empty split', splitThat({ length: 0 }), 'has splits with samples', /^length of train: got 0\./],
  [
    'has a split of another name',
    splitThat({ name: 'test' }),
    'has splits with samples',
    /^name of a split: must be "train", got "test"\./,
  ],
  [
    'gives a modality nobody asked for',
    samplesThat(() => ({ inputs: { sound: 'miaow' } })),
    'gives samples of the modalities',
    /^words, row 1: must have known modalities, got sound\./,
  ],
  [
    'gives undefined for what is absent',
    samplesThat(() => ({ inputs: { text: undefined } })),
    'gives samples of the modalities',
    /^words, row 1: what is absent is left out\./,
  ],
  [
    'gives two samples one id',
    samplesThat(() => ({ id: 'word' })),
    'names each sample once',
    /^different ids in train: must be 3, got 1\./,
  ],
  [
    'gives another sample each time',
    samplesThat(() => ({ inputs: { text: String(Math.random()) } })),
    'gives the same sample',
    /^a sample must be the same in any order of asking, got .+ instead of .+\./,
  ],
  [
    'gives undefined outside',
    splitThat({ sample: (i) => (i in words ? sampleAt(i) : (undefined as never)) }),
    'refuses an index',
    /^sample -1: must throw\./,
  ],

  [
    'gives what no worker takes',
    samplesThat(() => ({ inputs: { text: () => 'a fox' } })),
    'gives plain data',
    /^words, row 1: must be plain data, got \(\) => "a fox" could not be/,
  ],
  [
    'is another when it is opened again',
    {
      get fingerprint() {
        return `words ${opened}`;
      },
      open: (file) => (opened++, requireWords(file)),
    },
    'is the same when it is opened again',
    /^fingerprint: must be "words 7", got "words 8"\./,
  ],
  [
    'opens a file which is not there',
    { open: () => undefined },
    'refuses what it cannot read',
    /^data with none\.txt: must throw\./,
  ],
  [
    'fails without the name of the file',
    {
      open: (file) => {
        if (file !== 'words.txt') throw new DataError('data.file: must exist.');
      },
    },
    'refuses what it cannot read',
    /^data: the message must name none\.txt, got "data\.file: must exist\."\./,
  ],
];

describe('the contract of datasets', () => {
  it('passes a sound dataset', async () => {
    expect(await broken({})).toEqual([]);
  });

  describeFaults(datasetContract, cases, faultsOf);
});
