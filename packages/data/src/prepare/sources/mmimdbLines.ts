// MM-IMDB as scripts/mmimdb.py of facebookresearch/mmbt writes it: JSON Lines with id, text, label and `image`, which
// the authors' own reader looks for under `img`. Either is taken.
import { basename, join } from 'node:path';
import { showValue } from '@tessera/core';
import type { Candidate } from '../candidate.js';
import type { ReadContext } from '../preparedSource.js';
import { sourceLines, type SourceLine } from './sourceLines.js';
import { broken, pictureIn, usableRows, type Fault } from './usableRows.js';

/** Reads prepared JSON Lines; their paths start from the folder. */
export async function* readMmimdbLines(folder: string, context: ReadContext): AsyncGenerator<Candidate, void> {
  const files = ['train', 'dev', 'test'].map((split) => ({ split, path: join(folder, `${split}.jsonl`) }));
  yield* usableRows(sourceLines(files, context), (line) => toCandidate(line, folder), context);
}

/** The row, or what is wrong with it. */
function toCandidate({ split, origin, values }: SourceLine, folder: string): Candidate | Fault {
  const { id, text, label } = values;
  if (typeof id !== 'string') return broken(`id must be text, got ${showValue(id ?? null)}`);
  if (typeof text !== 'string') return broken(`text must be text, got ${showValue(text ?? null)}`);
  const picture = pictureIn(folder, values['img'] ?? values['image']);
  if ('reason' in picture) return picture;
  if (!Array.isArray(label) || !label.every((name) => typeof name === 'string')) {
    return broken(`label must be a list of text, got ${showValue(label ?? null)}`);
  }
  return { split, origin, id, texts: { text }, picture: { ...picture, name: basename(picture.path) }, label };
}
