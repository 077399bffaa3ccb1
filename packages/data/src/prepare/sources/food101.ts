// UPMC Food-101 (Wang et al., ICME 2015): pictures/<train|test>/<class>/<class>_<number>.jpg with the text of the page each
// was found on. Texts are one file each (texts_txt/<class>/<class>_<number>.txt), or titles in texts/<split>_titles.csv
// without a header: picture, title, class. The development rows are taken from training, as in facebookresearch/mmbt,
// but by a seed.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '@tessera/core';
import type { Candidate } from '../candidate.js';
import { isFile, isFolder } from '../inputFiles.js';
import type { ReadContext, SourceReader } from '../preparedSource.js';
import { stratifiedChoice } from '../stratifiedChoice.js';
import { findLayout } from './findLayout.js';
import { plainWords } from './food101Text.js';
import { readTitles } from './food101Titles.js';
import { withHardSubset } from './hardSubset.js';

/** Folder of pictures, and where texts are. */
interface Layout {
  readonly kind: 'files' | 'titles';
  readonly folder: string;
}

const splits = ['train', 'test'] as const;
/** Rows of the paper's development set. */
const defaultDev = 5000;

/** Reads UPMC Food-101. */
export const food101: SourceReader = {
  name: 'food101',
  async *read(context: ReadContext): AsyncGenerator<Candidate, void> {
    const layout = await findLayout(context.from, {
      dataset: 'food101',
      recognise,
      wanted: 'images/train and images/test with texts_txt, or with texts/train_titles.csv and texts/test_titles.csv',
      advice: 'Unpack pictures and texts of UPMC Food-101 into one folder and name it.',
    });
    yield* layout.kind === 'titles' ? readTitles(layout.folder, context) : readTextFiles(layout.folder, context);
  },
  async arrange(rows, context) {
    const withDev = takeDev(rows, context);
    return withHardSubset(withDev, context, 'food101');
  },
};

async function recognise(folder: string): Promise<Layout | undefined> {
  const pictures = await Promise.all(splits.map((split) => isFolder(join(folder, 'images', split))));
  if (!pictures.every(Boolean)) return undefined;
  if (await isFolder(join(folder, 'texts_txt'))) return { kind: 'files', folder };
  const titles = await Promise.all(splits.map((split) => isFile(join(folder, 'texts', `${split}_titles.csv`))));
  return titles.every(Boolean) ? { kind: 'titles', folder } : undefined;
}

async function* readTextFiles(folder: string, context: ReadContext): AsyncGenerator<Candidate, void> {
  const pictures = await listPictures(folder);
  let done = 0;
  for (const { split, label, file } of pictures) {
    const path = join(folder, 'images', split, label, file);
    const origin = context.inputs.name(path);
    const id = `${label}_${file}`;
    // As the authors' pattern has it: the last number of the name, which some pages share with a dash.
    const number = /_([\d-]+)\.\w+$/.exec(file)?.[1];
    const textPath = join(folder, 'texts_txt', label, `${label}_${number ?? ''}.txt`);
    const text = number === undefined ? undefined : await context.inputs.text(textPath);
    if (text === undefined) {
      const detail = `no ${context.inputs.name(textPath)}`;
      context.dropped.add({ split, origin, id, reason: 'empty text', detail });
    } else {
      const picture = { path, name: `${split}/${label}/${file}` };
      yield { split, origin, id, texts: { text: plainWords(text) }, picture, label };
    }
    context.onProgress(++done, pictures.length);
  }
}

interface FoundPicture {
  readonly split: string;
  readonly label: string;
  readonly file: string;
}

/** All pictures: training first, classes and names sorted, so that no file system's order decides anything. */
async function listPictures(folder: string): Promise<FoundPicture[]> {
  const found: FoundPicture[] = [];
  for (const split of splits) {
    const classes = await readdir(join(folder, 'images', split), { withFileTypes: true });
    for (const label of classes
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
      .sort()) {
      const files = await readdir(join(folder, 'images', split, label));
      const visible = files.filter((file) => !file.startsWith('.')).sort();
      found.push(...visible.map((file) => ({ split, label, file })));
    }
  }
  return found;
}

/** Moves some training rows to `dev`, the same share of each class. Throws DataError when too few are left to train on. */
function takeDev(rows: readonly Candidate[], { options }: ReadContext): Candidate[] {
  const { dev = defaultDev, seed = 1 } = options;
  const training = rows.filter(({ split }) => split === 'train');
  if (dev >= training.length && training.length > 0) {
    throw new DataError(
      `food101: dev must be fewer than the training rows, got dev=${dev} of ${training.length}. Give a smaller dev (--dev).`,
    );
  }
  const chosen = stratifiedChoice(training, {
    count: dev,
    seed,
    idOf: ({ id }) => id,
    classOf: ({ label }) => String(label),
  });
  return rows.map((row) => (chosen.has(row) ? { ...row, split: 'dev' } : row));
}
