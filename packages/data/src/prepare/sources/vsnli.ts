// V-SNLI (Vu et al., COLING 2018): each pair of SNLI with the Flickr30k picture that its premise describes, in SNLI's own
// splits; the hard test set is that of Gururangan et al., NAACL 2018. Made here from SNLI's JSON Lines, or from the TSV
// files that the authors of V-SNLI publish: label, tokens, tokens, picture, premise, hypothesis, id, without a header.
import { join, resolve } from 'node:path';
import { showValue } from '@tessera/core';
import type { Candidate } from '../candidate.js';
import { isFile } from '../inputFiles.js';
import type { ReadContext, SourceReader } from '../preparedSource.js';
import { findLayout } from './findLayout.js';
import { findFlickr } from './flickrFolder.js';
import { sourceLines, type SplitFile } from './sourceLines.js';
import { tsvLines } from './tsvLines.js';
import { broken, usableRows, type Fault } from './usableRows.js';

const splits = ['train', 'dev', 'test', 'test_hard'] as const;
const labels = ['entailment', 'neutral', 'contradiction'];

interface Layout {
  readonly kind: 'jsonl' | 'tsv';
  readonly folder: string;
  readonly files: readonly SplitFile[];
}

/** One pair as either form has it. */
interface Pair {
  readonly split: string;
  readonly origin: string;
  readonly label: unknown;
  /** `3416050480.jpg#4`: the caption's number behind its picture's name. */
  readonly caption: unknown;
  readonly sentences: readonly [unknown, unknown];
  readonly id: unknown;
}

/** Reads V-SNLI. */
export const vsnli: SourceReader = {
  name: 'vsnli',
  async *read(context: ReadContext): AsyncGenerator<Candidate, void> {
    const layout = await findLayout(context.from, {
      dataset: 'vsnli',
      recognise,
      wanted: 'snli_1.0_train.jsonl, snli_1.0_dev.jsonl and snli_1.0_test.jsonl (or VSNLI_1.0_train.tsv and so on)',
      advice:
        'Unpack snli_1.0.zip, put snli_1.0_test_hard.jsonl beside them, and name the folder; --flickr names the pictures.',
    });
    const pictures = await findFlickr(
      context.options.flickr === undefined ? undefined : resolve(context.options.flickr),
      [layout.folder, context.from],
    );
    const pairs = layout.kind === 'jsonl' ? snliPairs(layout.files, context) : vsnliPairs(layout.files, context);
    yield* usableRows(pairs, (pair) => toCandidate(pair, pictures), context);
  },
};

async function recognise(folder: string): Promise<Layout | undefined> {
  for (const [kind, prefix, ending] of [
    ['tsv', 'VSNLI_1.0_', '.tsv'],
    ['jsonl', 'snli_1.0_', '.jsonl'],
  ] as const) {
    const files = splits.map((split) => ({ split, path: join(folder, `${prefix}${split}${ending}`) }));
    const present = await Promise.all(files.map(({ path }) => isFile(path)));
    if (present.slice(0, 3).every(Boolean)) return { kind, folder, files: files.filter((_, i) => present[i]) };
  }
  return undefined;
}

async function* snliPairs(files: readonly SplitFile[], context: ReadContext): AsyncGenerator<Pair, void> {
  for await (const { split, origin, values } of sourceLines(files, context)) {
    yield {
      split,
      origin,
      label: values['gold_label'],
      caption: values['captionID'],
      sentences: [values['sentence1'], values['sentence2']],
      id: values['pairID'],
    };
  }
}

async function* vsnliPairs(files: readonly SplitFile[], context: ReadContext): AsyncGenerator<Pair, void> {
  for await (const { split, origin, cells } of tsvLines(files, context)) {
    const [label, , , caption, premise, hypothesis, id] = cells.map((cell) => cell.trim());
    if (label === 'gold_label') continue;
    yield { split, origin, label, caption, sentences: [premise, hypothesis], id };
  }
}

/** The row, or why it cannot be one. */
function toCandidate({ split, origin, label, caption, sentences, id }: Pair, pictures: string): Candidate | Fault {
  const [sentence1, sentence2] = sentences;
  const wrong = Object.entries({ pairID: id, captionID: caption, gold_label: label, sentence1, sentence2 }).find(
    ([, value]) => typeof value !== 'string',
  );
  if (wrong) return broken(`${wrong[0]} must be text, got ${showValue(wrong[1] ?? null)}`);
  if (label === '-') return { reason: 'no label', detail: 'gold_label is "-"' };
  if (!labels.includes(label as string)) {
    return broken(`gold_label must be one of ${labels.join(', ')}, got ${showValue(label)}`);
  }
  const [file = ''] = (caption as string).split('#', 1);
  // Some thousand premises of SNLI are captions of Visual Genome: vg_…
  if (!/^\d+\.jpg$/.test(file)) return { reason: 'no picture known', detail: `captionID ${showValue(caption)}` };
  return {
    split,
    origin,
    id: id as string,
    texts: { sentence1: sentence1 as string, sentence2: sentence2 as string },
    picture: { path: join(pictures, file), name: file },
    label: label as string,
  };
}
