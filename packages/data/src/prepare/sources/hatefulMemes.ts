// The Hateful Memes Challenge (Kiela et al., arXiv 2005.04790): JSON Lines beside a folder of pictures. Phase 1 has dev
// and test, phase 2 dev_seen, dev_unseen, test_seen and test_unseen; the labels of test sets came later than the rows.
import { join } from 'node:path';
import { showValue } from '@tessera/core';
import type { Candidate } from '../candidate.js';
import { isFile } from '../inputFiles.js';
import type { ReadContext, SourceReader } from '../preparedSource.js';
import { findLayout } from './findLayout.js';
import { sourceLines, type SourceLine, type SplitFile } from './sourceLines.js';
import { broken, pictureIn, usableRows, type Fault } from './usableRows.js';

const labels = ['not hateful', 'hateful'] as const;

/** Names of the files in both phases, by the split that they become. The seen sets are those of the paper. */
const filesOf: Readonly<Record<string, readonly string[]>> = {
  train: ['train'],
  dev: ['dev_seen', 'dev'],
  test: ['test_seen', 'test'],
  dev_unseen: ['dev_unseen'],
  test_unseen: ['test_unseen'],
};

interface Layout {
  readonly folder: string;
  readonly files: readonly SplitFile[];
}

/** Reads the Hateful Memes. */
export const hatefulMemes: SourceReader = {
  name: 'hateful-memes',
  labels,
  async *read(context: ReadContext): AsyncGenerator<Candidate, void> {
    const { folder, files } = await findLayout(context.from, {
      dataset: 'hateful-memes',
      recognise,
      wanted: 'train.jsonl, dev_seen.jsonl (or dev.jsonl), test_seen.jsonl (or test.jsonl) and the folder img',
      advice: 'Unpack the archive of the challenge and name the folder that train.jsonl is in.',
    });
    yield* usableRows(sourceLines(files, context), (line) => toCandidate(line, folder), context);
  },
};

async function recognise(folder: string): Promise<Layout | undefined> {
  const files: SplitFile[] = [];
  for (const [split, names] of Object.entries(filesOf)) {
    for (const name of names) {
      const path = join(folder, `${name}.jsonl`);
      if (files.some((file) => file.split === split) || !(await isFile(path))) continue;
      files.push({ split, path });
    }
  }
  const splits = files.map(({ split }) => split);
  return ['train', 'dev', 'test'].every((split) => splits.includes(split)) ? { folder, files } : undefined;
}

/** The row, or what is wrong with it. */
function toCandidate({ split, origin, values }: SourceLine, folder: string): Candidate | Fault {
  const { id, img, text, label } = values;
  if (typeof id !== 'number' && typeof id !== 'string')
    return broken(`id must be a number, got ${showValue(id ?? null)}`);
  if (typeof text !== 'string') return broken(`text must be text, got ${showValue(text ?? null)}`);
  const picture = pictureIn(folder, img);
  if ('reason' in picture) return picture;
  const name = labels[label as number];
  if (name === undefined && label !== undefined) return broken(`label must be 0 or 1, got ${showValue(label)}`);
  if (name === undefined && (split === 'train' || split.startsWith('dev')))
    return broken('label must be 0 or 1, got none');
  return {
    split,
    origin,
    id: String(id),
    texts: { text },
    picture: { ...picture, name: picture.name.replace(/^img\//, '') },
    ...(name !== undefined && { label: name }),
  };
}
