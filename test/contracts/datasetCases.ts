// Files of datasets, written to a folder of their own.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatasetRequest } from '@tessera/core';
import type { DatasetCase } from '@tessera/testing';

const folder = mkdtempSync(join(tmpdir(), 'tessera-contracts-'));

/** Removes the files. */
export const removeDatasetFiles = (): void => rmSync(folder, { recursive: true, force: true });

const request: DatasetRequest = {
  baseFolder: folder,
  modalities: [
    { name: 'image', input: 'file' },
    { name: 'text', input: 'value' },
  ],
  heads: ['label'],
};

const rows = [
  { image: 'a.png', text: 'a fox', label: 'animal' },
  { image: 'b.png', text: 'a saw', label: 'tool' },
  { image: 'a.png', text: 'a cat', label: 'animal' },
];
const jsonLines = (given: readonly object[]): string => given.map((row) => `${JSON.stringify(row)}\n`).join('');
const csvLines = (given: readonly object[]): string =>
  ['image,text,label', ...given.map((row) => Object.values(row).join(','))].join('\n');

mkdirSync(folder, { recursive: true });
for (const [name, content] of Object.entries({
  'a.png': '',
  'b.png': '',
  'train.jsonl': jsonLines(rows),
  'valid.jsonl': jsonLines(rows.slice(0, 2)),
  'damaged.jsonl': `${jsonLines(rows)}{"image": `,
  'lacking.jsonl': jsonLines([...rows, { image: 'a.png', label: 'tool' }]),
  'empty.jsonl': '',
  'train.csv': csvLines(rows),
  'lacking.csv': 'image,label\na.png,tool',
  'stray.csv': csvLines([...rows, { image: 'gone.png', text: 'a dog', label: 'animal' }]),
})) {
  writeFileSync(join(folder, name), content);
}

/** Cases of the built-in datasets. */
export const datasetCases: Readonly<Record<string, readonly DatasetCase[]>> = {
  jsonl: [
    {
      name: 'two splits',
      options: { train: 'train.jsonl', validation: 'valid.jsonl' },
      request,
      faults: [
        { options: { train: 'none.jsonl' }, names: 'none.jsonl' },
        { options: { train: 'damaged.jsonl' }, names: 'damaged.jsonl, row 4' },
        { options: { train: 'lacking.jsonl' }, names: 'lacking.jsonl, row 4' },
        { options: { train: 'empty.jsonl' }, names: 'empty.jsonl' },
      ],
    },
  ],
  csv: [
    {
      name: 'a table',
      options: { train: 'train.csv' },
      request,
      faults: [
        { options: { train: 'none.csv' }, names: 'none.csv' },
        { options: { train: 'lacking.csv' }, names: 'lacking.csv' },
        { options: { train: 'stray.csv' }, names: 'gone.png' },
      ],
    },
  ],
  inline: [
    {
      name: 'rows',
      options: { train: rows, splits: { hard: rows.slice(1) } },
      request,
      faults: [
        { options: { train: [{ ...rows[0], image: 'gone.png' }] }, names: 'gone.png' },
        { options: { train: [...rows, { image: 'a.png', label: 'tool' }] }, names: 'data.train, row 4' },
      ],
    },
  ],
};
