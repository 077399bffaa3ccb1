import { copyFile, link, mkdir, realpath, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { manifestName } from '../datasetManifest.js';
import { forEachConcurrently } from '../forEachConcurrently.js';
import { sha256 } from '../sha256.js';
import type { Candidate } from './candidate.js';
import type { DroppedRows } from './droppedRows.js';
import type { SharedRows } from './findShared.js';
import type { InputSummary } from './inputFiles.js';
import { pictureList, type PreparedManifest } from './preparedManifest.js';
import type { SourceName } from './preparedSource.js';

/** How pictures get into a prepared folder. */
export type PicturePlacement = 'link' | 'copy' | 'reference';

/** What is written. */
export interface PreparedContent {
  readonly dataset: SourceName;
  readonly rows: readonly Candidate[];
  /** In the order of ids. */
  readonly labels: readonly string[];
  /** SHA-256 of each picture, by absolute path. */
  readonly hashes: ReadonlyMap<string, string>;
  readonly dropped: DroppedRows;
  readonly inputs: InputSummary;
  readonly shared: readonly SharedRows[];
  readonly options: Readonly<Record<string, unknown>> & { readonly pictures: PicturePlacement };
  /** Where the folder will stand, for paths out of it. */
  readonly target: string;
  readonly onProgress: (done: number, total: number) => void;
}

/** Writes everything into a folder and returns its manifest. */
export async function writePrepared(folder: string, content: PreparedContent): Promise<PreparedManifest> {
  const { rows, labels, dropped, hashes, options } = content;
  const pathOf = picturePaths(content);
  const pictures = new Map(rows.map(({ picture }) => [picture.path, pathOf(picture)]));
  if (options.pictures !== 'reference') await placePictures(folder, pictures, content);
  const texts: Record<string, string> = {};
  for (const split of splitsOf(rows)) {
    texts[`${split}.jsonl`] = jsonLines(rows.filter((row) => row.split === split).map((row) => toRow(row, pathOf)));
  }
  texts['labels.json'] = `${JSON.stringify(labels, undefined, 2)}\n`;
  texts['dropped.jsonl'] = jsonLines(dropped.list);
  texts[pictureList] = [...pictures]
    .sort(([, a], [, b]) => (a < b ? -1 : 1))
    .map(([path, name]) => `${hashes.get(path) ?? ''}  ${name}\n`)
    .join('');
  for (const [name, text] of Object.entries(texts)) await writeFile(join(folder, name), text);
  const manifest: PreparedManifest = {
    dataset: content.dataset,
    version: 1,
    options,
    inputs: content.inputs,
    counts: { rows: countRows(rows), labels: labels.length, pictures: pictures.size },
    dropped: dropped.counts(),
    shared: content.shared,
    files: {
      bytes: Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, sha256(text)])),
      pixels: {},
    },
  };
  await writeFile(join(folder, manifestName), `${JSON.stringify(manifest, undefined, 2)}\n`);
  return manifest;
}

const firstSplits = ['train', 'dev', 'test'];

/** Splits with rows: train, dev, test, then further ones by name. */
function splitsOf(rows: readonly Candidate[]): string[] {
  const found = new Set(rows.map(({ split }) => split));
  return [...firstSplits.filter((split) => found.delete(split)), ...[...found].sort()];
}

const countRows = (rows: readonly Candidate[]): Record<string, number> =>
  Object.fromEntries(splitsOf(rows).map((split) => [split, rows.filter((row) => row.split === split).length]));

/** A picture's path as rows name it. */
function picturePaths({ options, target }: PreparedContent): (picture: Candidate['picture']) => string {
  if (options.pictures === 'reference') return ({ path }) => relative(target, path).split(sep).join('/');
  return ({ name }) => `images/${name}`;
}

/** The fields that facebookresearch/mmbt reads. */
const toRow = (
  { id, texts, picture, label }: Candidate,
  pathOf: (picture: Candidate['picture']) => string,
): Record<string, unknown> => ({ id, ...texts, img: pathOf(picture), ...(label !== undefined && { label }) });

const jsonLines = (rows: readonly unknown[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

async function placePictures(
  folder: string,
  pictures: ReadonlyMap<string, string>,
  { options, onProgress }: PreparedContent,
): Promise<void> {
  for (const parent of new Set([...pictures.values()].map(dirname))) {
    await mkdir(join(folder, parent), { recursive: true });
  }
  await forEachConcurrently(
    [...pictures],
    async ([path, name]) => {
      const place = join(folder, name);
      if (options.pictures === 'copy') return copyFile(path, place);
      // Some systems have no hard links, and none has them between disks. A link to a symbolic link would dangle.
      await link(await realpath(path), place).catch(() => copyFile(path, place));
    },
    onProgress,
  );
}
