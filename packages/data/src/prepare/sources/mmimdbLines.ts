// MM-IMDB as scripts/mmimdb.py of facebookresearch/mmbt writes it: JSON Lines with id, text, label and `image`, which
// the authors' own reader looks for under `img`. Either is taken.
import { basename, join, resolve, sep } from 'node:path';
import { showValue } from '@tessera/core';
import type { Candidate } from '../candidate.js';
import type { ReadContext } from '../preparedSource.js';
import { sourceLines, type SourceLine } from './sourceLines.js';

/** Reads prepared JSON Lines; their paths start from the folder. */
export async function* readMmimdbLines(folder: string, context: ReadContext): AsyncGenerator<Candidate, void> {
  const files = ['train', 'dev', 'test'].map((split) => ({ split, path: join(folder, `${split}.jsonl`) }));
  for await (const line of sourceLines(files, context)) {
    const read = toCandidate(line, folder);
    if (typeof read !== 'string') yield read;
    else context.dropped.add({ split: line.split, origin: line.origin, reason: 'broken row', detail: read });
  }
}

/** The row, or what is wrong with it. */
function toCandidate({ split, origin, values }: SourceLine, folder: string): Candidate | string {
  const { id, text, label } = values;
  const img = values['img'] ?? values['image'];
  if (typeof id !== 'string') return `id must be text, got ${showValue(id ?? null)}`;
  if (typeof text !== 'string') return `text must be text, got ${showValue(text ?? null)}`;
  if (typeof img !== 'string') return `img must be a path, got ${showValue(img ?? null)}`;
  if (!Array.isArray(label) || !label.every((name) => typeof name === 'string')) {
    return `label must be a list of text, got ${showValue(label ?? null)}`;
  }
  const path = resolve(folder, img);
  if (!path.startsWith(folder + sep)) return `img must stay within the folder, got ${showValue(img)}`;
  return { split, origin, id, texts: { text }, picture: { path, name: basename(path) }, label: label as string[] };
}
