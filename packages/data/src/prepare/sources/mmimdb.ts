// MM-IMDB (Arevalo et al., arXiv 1702.01992): posters and plots of films, labelled with genres. The raw archive has
// split.json and dataset/<id>.json with dataset/<id>.jpeg; mirrors have labels/<id>.json and images/<id>.jpeg. Which rows
// count follows facebookresearch/mmbt: the longest plot, no film with the genre News, no genre that training lacks.
import { join } from 'node:path';
import { DataError, showValue } from '@tessera/core';
import type { Candidate } from '../candidate.js';
import { isFile, isFolder } from '../inputFiles.js';
import type { ReadContext, SourceReader } from '../preparedSource.js';
import { findLayout } from './findLayout.js';
import { withHardSubset } from './hardSubset.js';
import { hdf5Name, readHdf5 } from './mmimdbHdf5.js';
import { readMmimdbLines } from './mmimdbLines.js';
import { parseSplits, type MmimdbSplits } from './mmimdbSplits.js';
import { broken, type Fault } from './usableRows.js';

/** Where a film's facts and its poster are. */
interface RawLayout {
  readonly kind: 'raw';
  readonly folder: string;
  readonly facts: string;
  readonly posters: string;
}

interface OtherLayout {
  readonly kind: 'lines' | 'hdf5';
  readonly folder: string;
}

/** Reads MM-IMDB. */
export const mmimdb: SourceReader = {
  name: 'mmimdb',
  async *read(context: ReadContext): AsyncGenerator<Candidate, void> {
    const layout = await findLayout(context.from, {
      dataset: 'mmimdb',
      recognise,
      wanted:
        'split.json with the folder dataset (or labels and images), multimodal_imdb.hdf5 with metadata.npy, or train.jsonl, dev.jsonl and test.jsonl',
      advice: 'Unpack mmimdb.tar.gz and name the folder that split.json is in.',
    });
    if (layout.kind === 'raw') yield* readRaw(layout, context);
    else if (layout.kind === 'hdf5') yield* readHdf5(layout.folder, context);
    else yield* readMmimdbLines(layout.folder, context);
  },
  arrange: (rows, context) => withHardSubset(rows, context, 'mmimdb'),
};

async function recognise(folder: string): Promise<RawLayout | OtherLayout | undefined> {
  if (await isFile(join(folder, 'split.json'))) {
    const [facts, posters] = (await isFolder(join(folder, 'dataset'))) ? ['dataset', 'dataset'] : ['labels', 'images'];
    if (await isFolder(join(folder, facts))) return { kind: 'raw', folder, facts, posters };
  }
  if (await isFile(join(folder, hdf5Name))) return { kind: 'hdf5', folder };
  const lines = await Promise.all(['train', 'dev', 'test'].map((split) => isFile(join(folder, `${split}.jsonl`))));
  return lines.every(Boolean) ? { kind: 'lines', folder } : undefined;
}

async function* readRaw(layout: RawLayout, context: ReadContext): AsyncGenerator<Candidate, void> {
  const splits = await readSplits(layout, context);
  const total = Object.values(splits).reduce((sum, ids) => sum + ids.length, 0);
  let done = 0;
  for (const [split, ids] of Object.entries(splits)) {
    for (const id of ids) {
      const path = join(layout.folder, layout.facts, `${id}.json`);
      const film = readFilm(await context.inputs.text(path));
      const origin = context.inputs.name(path);
      if ('reason' in film) context.dropped.add({ split, origin, id, ...film });
      else {
        const picture = { path: join(layout.folder, layout.posters, `${id}.jpeg`), name: `${id}.jpeg` };
        yield { split, origin, id, texts: { text: film.plot }, picture, label: film.genres };
      }
      context.onProgress(++done, total);
    }
  }
}

async function readSplits({ folder }: RawLayout, { inputs }: ReadContext): Promise<MmimdbSplits> {
  const path = join(folder, 'split.json');
  const splits = parseSplits((await inputs.text(path)) ?? '');
  if (splits) return splits;
  throw new DataError(
    `mmimdb: ${path} must be a JSON object with lists of ids under train, dev and test, got something else. Unpack the archive again.`,
  );
}

interface Film {
  readonly plot: string;
  readonly genres: readonly string[];
}

/** The genre whose films facebookresearch/mmbt leaves out; 23 remain. */
const excludedGenre = 'News';

/** What a film's JSON file says, or what is wrong with it. */
function readFilm(text: string | undefined): Film | Fault {
  if (text === undefined) return broken('there is no such file');
  let facts: { readonly plot?: unknown; readonly genres?: unknown } | null;
  try {
    facts = JSON.parse(text) as typeof facts;
  } catch (error) {
    return broken(`malformed JSON: ${(error as Error).message}`);
  }
  const plots = listOfText(facts?.plot);
  const genres = listOfText(facts?.genres);
  if (!genres) return broken(`genres must be a list of text, got ${showValue(facts?.genres ?? null)}`);
  if (!plots) return broken(`plot must be a list of text, got ${showValue(facts?.plot ?? null)}`);
  if (genres.includes(excludedGenre)) return { reason: 'excluded label', detail: excludedGenre };
  if (plots.length === 0) return { reason: 'empty text', detail: 'plot is an empty list' };
  return { plot: longest(plots), genres };
}

/** The first of the longest, counted in characters as Python does. */
const longest = (texts: readonly string[]): string =>
  texts.reduce((best, text) => (codePoints(text) > codePoints(best) ? text : best));

const codePoints = (text: string): number => Array.from(text).length;

/** A list of text, of which one text alone is the shortest way to write one; undefined for anything else. */
function listOfText(value: unknown): readonly string[] | undefined {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string') ? value : undefined;
}
