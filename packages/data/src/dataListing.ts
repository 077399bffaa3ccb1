// The files that a run's data consists of with their hashes, in the form of sha256sum: `sha256sum -c` in the folder that
// the paths start from checks them too.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { relative, sep } from 'node:path';
import { DataError, type Dataset } from '@tessera/core';
import { forEachConcurrently } from './forEachConcurrently.js';

/** A file's SHA-256 in hexadecimal and its path, with `/` between names. */
export interface ListedFile {
  readonly sha256: string;
  readonly path: string;
}

/** The files of a dataset, sorted by path. */
export type DataListing = readonly ListedFile[];

/** How files are hashed. */
export interface ListingOptions {
  /** Folder that the paths are written relative to. */
  readonly baseFolder: string;
  /** Told how many files were hashed, about a hundred times in all. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Ends it early when it is aborted; what is returned is incomplete then. */
  readonly signal?: AbortSignal;
}

/**
 * Hashes every file that a dataset reads, pictures and other files that its rows name among them.
 * @returns undefined when the dataset does not know its files
 * @throws DataError for a file that cannot be read
 */
export async function listDataFiles(
  { files }: Pick<Dataset, 'files'>,
  { baseFolder, onProgress, signal }: ListingOptions,
): Promise<DataListing | undefined> {
  if (!files) return undefined;
  const step = Math.max(1, Math.floor(files.length / 100));
  const listed: ListedFile[] = [];
  await forEachConcurrently(
    files,
    async (file) => {
      if (signal?.aborted) return;
      listed.push({ sha256: await hashFile(file), path: relative(baseFolder, file).split(sep).join('/') });
    },
    (done, total) => {
      if (done % step === 0 || done === total) onProgress?.(done, total);
    },
  );
  return listed.sort(byPath);
}

const byPath = (a: ListedFile, b: ListedFile): number => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0);

async function hashFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    const chunks = createReadStream(file, { highWaterMark: 1 << 20 }) as AsyncIterable<Uint8Array>;
    for await (const chunk of chunks) hash.update(chunk);
  } catch (cause) {
    const { message } = cause as Error;
    throw new DataError(`data: every file must be readable, got ${file} (${message}). Mend it, or leave its row out.`, {
      cause,
    });
  }
  return hash.digest('hex');
}

/** The listing as text: a line for each file, names with line ends or backslashes escaped as sha256sum escapes them. */
export const renderListing = (listing: DataListing): string =>
  listing
    .map(({ sha256, path }) =>
      /[\\\n\r]/.test(path) ? `\\${sha256}  ${path.replaceAll(/[\\\n\r]/g, escaped)}\n` : `${sha256}  ${path}\n`,
    )
    .join('');

const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r' };
const escaped = (character: string): string => escapes[character] ?? character;
const unescaped = (pair: string): string => ({ '\\n': '\n', '\\r': '\r' })[pair] ?? '\\';

/** Reads what {@link renderListing} wrote. Throws DataError that names the line that is none. */
export function parseListing(text: string, origin: string): DataListing {
  const lines = text.split('\n');
  if (lines.pop() !== '') throw damaged(origin, lines.length + 1, 'the file is cut short');
  return lines.map((line, i) => {
    const [, isEscaped = '', sha256 = '', path = ''] = /^(\\?)([0-9a-f]{64}) {2}(.+)$/.exec(line) ?? [];
    if (path === '') throw damaged(origin, i + 1, `got "${line.slice(0, 80)}"`);
    return { sha256, path: isEscaped ? path.replaceAll(/\\[\\nr]/g, unescaped) : path };
  });
}

const damaged = (origin: string, line: number, reason: string): DataError =>
  new DataError(
    `${origin}, line ${line}: must be a SHA-256 hash, two spaces and a path, ${reason}. The file is damaged.`,
  );

/** What differs between the files that a run was trained on and those that are there. */
export interface ListingDifference {
  /** Paths of files whose content is another. */
  readonly changed: readonly string[];
  /** Paths of files that were there and are not any more. */
  readonly missing: readonly string[];
  /** Paths of files that were not there. */
  readonly added: readonly string[];
}

/**
 * Compares listings file by file. Where no path of one is in the other, data was moved as a whole: paths then count from
 * the folder that all files of a listing have in common.
 */
export function compareListings(before: DataListing, now: DataListing): ListingDifference {
  const stays = new Set(before.map(({ path }) => path));
  const keysOf = now.some(({ path }) => stays.has(path)) ? byOwnPath : belowCommonFolder;
  const then = keysOf(before);
  const here = keysOf(now);
  const pathsOf = (files: Iterable<[string, ListedFile]>): string[] => Array.from(files, ([, { path }]) => path);
  return {
    changed: pathsOf([...here].filter(([key, file]) => (then.get(key) ?? file).sha256 !== file.sha256)),
    missing: pathsOf([...then].filter(([key]) => !here.has(key))),
    added: pathsOf([...here].filter(([key]) => !then.has(key))),
  };
}

type FilesByKey = ReadonlyMap<string, ListedFile>;

const byOwnPath = (listing: DataListing): FilesByKey => new Map(listing.map((file) => [file.path, file]));

/** Files by path below the deepest folder that holds all of them. */
function belowCommonFolder(listing: DataListing): FilesByKey {
  const folders = listing.map(({ path }) => path.split('/').slice(0, -1));
  const [first = []] = folders;
  let depth = first.length;
  for (const folder of folders) {
    while (first.slice(0, depth).some((name, i) => name !== folder[i])) depth -= 1;
  }
  return new Map(listing.map((file) => [file.path.split('/').slice(depth).join('/'), file]));
}
