// From a downloaded dataset to JSON Lines that a spec names: rows are read, checked, split and written, with hashes of
// what went in and came out and a report of every row that was left out.
import { relative, resolve, sep } from 'node:path';
import { DataError } from '@tessera/core';
import { placeFolder } from '../placeFolder.js';
import { labelsOf, type Candidate } from './candidate.js';
import { checkPreparedTarget } from './checkPreparedTarget.js';
import { DroppedRows } from './droppedRows.js';
import { findShared } from './findShared.js';
import { InputFiles } from './inputFiles.js';
import { inspectPictures } from './inspectPictures.js';
import type { PreparedManifest } from './preparedManifest.js';
import { ScratchFolder } from './scratchFolder.js';
import type { PrepareStage, ReadContext, SourceName, SourceOptions } from './preparedSource.js';
import { sourceReaders } from './sources/index.js';
import { withoutFaultyRows } from './withoutFaultyRows.js';
import { writePrepared, type PicturePlacement } from './writePrepared.js';

/** Options of `prepareDataset`. */
export interface PrepareOptions extends SourceOptions {
  readonly dataset: SourceName;
  /** Folder of the downloaded and unpacked dataset. */
  readonly from: string;
  /** Folder to make. */
  readonly to: string;
  /**
   * How pictures get into the folder: hard links (`link`, copies where the system has none), copies, or paths to where
   * they are (`reference`).
   */
  readonly pictures?: PicturePlacement;
  /** Decodes every picture in full, so that damaged ones are found too; by default only headers are read. */
  readonly decode?: boolean;
  /** Replaces a prepared dataset that is already there. */
  readonly overwrite?: boolean;
  /** Hears how many of a stage's steps are done. */
  readonly onProgress?: (done: number, total: number, stage: PrepareStage) => void;
}

/** What `prepareDataset` made. */
export interface PreparedDataset {
  /** Absolute path. */
  readonly folder: string;
  /** What `manifest.json` holds. */
  readonly manifest: PreparedManifest;
}

/**
 * Makes `train.jsonl`, `dev.jsonl`, `test.jsonl` (and hard test sets in files of their own), `labels.json`,
 * `dropped.jsonl`, `pictures.sha256` and `manifest.json` of a downloaded dataset. The same source and options give the
 * same files.
 *
 * Throws `DataError` for a folder that holds something else, a wrong option, and when no training row is left.
 */
export async function prepareDataset(options: PrepareOptions): Promise<PreparedDataset> {
  const folder = resolve(options.to);
  requireApart(resolve(options.from), folder);
  await checkPreparedTarget(folder, { dataset: options.dataset, overwrite: options.overwrite ?? false });
  const scratch = new ScratchFolder(folder);
  try {
    return await prepare(options, folder, scratch);
  } finally {
    await scratch.remove();
  }
}

async function prepare(options: PrepareOptions, folder: string, scratch: ScratchFolder): Promise<PreparedDataset> {
  const from = resolve(options.from);
  const reader = sourceReaders[options.dataset];
  const context: ReadContext = {
    from,
    options,
    inputs: new InputFiles(from),
    dropped: new DroppedRows(),
    scratch: () => scratch.path(),
    onProgress: (done, total) => options.onProgress?.(done, total, 'rows'),
  };
  const candidates: Candidate[] = [];
  for await (const candidate of reader.read(context)) candidates.push(candidate);
  const sound = withoutFaultyRows(candidates, context.dropped);
  const pictures = await inspectPictures(sound, context, {
    decode: options.decode ?? false,
    onProgress: (done, total) => options.onProgress?.(done, total, 'pictures'),
  });
  const arranged = (await reader.arrange?.(pictures.rows, context)) ?? pictures.rows;
  const labels = reader.labels ?? trainingLabels(arranged);
  const rows = withKnownLabels(arranged, labels, context.dropped);
  requireRows(rows, context);
  requireFiles(rows, options);
  const manifest = await placeFolder(folder, {
    replace: options.overwrite ?? false,
    write: (working) =>
      writePrepared(working, {
        dataset: options.dataset,
        rows,
        labels,
        hashes: pictures.hashes,
        dropped: context.dropped,
        inputs: context.inputs.summary(),
        shared: findShared(rows, pictures.hashes),
        options: { ...manifestOptions(options), pictures: options.pictures ?? 'link' },
        target: folder,
        onProgress: (done, total) => options.onProgress?.(done, total, 'files'),
      }),
  });
  return { folder, manifest };
}

/** Pictures that were taken out of a larger file are nowhere else. */
function requireFiles(rows: readonly Candidate[], { pictures }: PrepareOptions): void {
  if (pictures !== 'reference' || !rows.some(({ picture }) => picture.isDerived)) return;
  throw new DataError(
    'prepared dataset: pictures can only be referenced where they are files, got pictures=reference for an HDF5 file. Use link.',
  );
}

/** Options that decide what the files hold. */
function manifestOptions({ dev, seed, decode }: PrepareOptions): Record<string, unknown> {
  return { ...(dev !== undefined && { dev }), ...(seed !== undefined && { seed }), decode: decode ?? false };
}

/** Labels in the order of their first appearance in training, as facebookresearch/mmbt numbers them. */
function trainingLabels(rows: readonly Candidate[]): string[] {
  return [...new Set(rows.filter(({ split }) => split === 'train').flatMap(labelsOf))];
}

/** Nobody can learn a label that no training row has: rows of other splits that have one are left out. */
function withKnownLabels(rows: readonly Candidate[], labels: readonly string[], dropped: DroppedRows): Candidate[] {
  const known = new Set(labels);
  return rows.filter((row) => {
    const unknown = labelsOf(row).filter((label) => !known.has(label));
    if (unknown.length === 0) return true;
    dropped.add({
      split: row.split,
      origin: row.origin,
      id: row.id,
      reason: 'unknown label',
      detail: unknown.join(', '),
    });
    return false;
  });
}

/** Writing into the source, or over a folder above it, would destroy what is read. */
function requireApart(from: string, to: string): void {
  const inside = (child: string, parent: string): boolean => {
    const path = relative(parent, child);
    return path === '' || (path !== '..' && !path.startsWith(`..${sep}`) && resolve(parent, path) === child);
  };
  if (from !== to && !inside(from, to)) return;
  throw new DataError(
    `prepared dataset: to must be another folder than from and not above it, got from=${from}, to=${to}. Name a new folder.`,
  );
}

function requireRows(rows: readonly Candidate[], { from, dropped }: ReadContext): void {
  if (rows.some(({ split }) => split === 'train')) return;
  const examples = dropped.list
    .filter(({ split }) => split === 'train')
    .slice(0, 3)
    .map(({ origin, reason, detail }) => `\n  ${origin}: ${reason}, ${detail}`);
  throw new DataError(
    `prepared dataset: at least one training row must be usable, got none of ${dropped.list.length} from ${from}.` +
      `${examples.join('')}${examples.length > 0 ? '\n' : ' '}Check that the download is complete and unpacked.`,
  );
}
