// The tiny task as files: what a user of the command has.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A row of the data. */
export type Row = Readonly<Record<string, unknown>>;

/** A row about a fruit or a tool. */
export const tinyRow = (i: number): Row =>
  i % 2 === 0
    ? { id: `r${i}`, text: `a ${['pear', 'plum'][(i / 2) % 2] ?? ''}`, kind: 'fruit' }
    : { id: `r${i}`, text: `a ${['saw', 'rasp'][((i - 1) / 2) % 2] ?? ''}`, kind: 'tool' };

/** Rows about fruits and tools in turn. */
export const tinyRows = (count: number): Row[] => Array.from({ length: count }, (_, i) => tinyRow(i));

/** Rows as JSON lines. */
export const jsonLines = (rows: readonly unknown[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

/** A spec of a text-only transformer of width 8 on the files of {@link writeTinyFiles}. */
export const tinyFileSpec = (parts: Row = {}) => ({
  name: 'tiny',
  modalities: { text: { encoder: 'wordpiece', maxTokens: 8 } },
  fusion: { type: 'bitransformer', hiddenSize: 8, numLayers: 1, numHeads: 2, maxPositions: 16, dropoutRate: 0.1 },
  heads: { kind: { type: 'single-label' } },
  data: { type: 'jsonl', train: 'train.jsonl', validation: 'validation.jsonl', test: 'test.jsonl', id: 'id' },
  training: { epochs: 2, batchSize: 4, optimizer: { type: 'adamw', learningRate: 0.01 } },
  ...parts,
});

/** A spec of a bag of words: quicker still. */
export const tinyBowSpec = (parts: Row = {}) =>
  tinyFileSpec({
    name: 'bow',
    modalities: { text: { encoder: 'bow', dimension: 8 } },
    fusion: { type: 'concat' },
    ...parts,
  });

/** A picture tower of width 4 that takes rows' `image`. */
export const tinyImageParts = {
  modalities: { image: { encoder: 'resnet18', width: 4, stem: 'small', input: { size: 8 }, pool: { grid: [1, 1] } } },
  fusion: { type: 'concat' },
} as const;

/** Writes train.jsonl (12 rows), validation.jsonl and test.jsonl (4 each) and specs tiny.json and bow.json. */
export function writeTinyFiles(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
  write('train.jsonl', jsonLines(tinyRows(12)));
  write('validation.jsonl', jsonLines(tinyRows(4)));
  write('test.jsonl', jsonLines(tinyRows(4)));
  write('tiny.json', JSON.stringify(tinyFileSpec()));
  write('bow.json', JSON.stringify(tinyBowSpec()));
}
