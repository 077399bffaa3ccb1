import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '@tessera/core';
import type { EmojiRule } from './emojiOptions.js';
import type { EmojiSplit } from './emojiRows.js';
import type { DroppedCounts } from './emojiSelection.js';
import type { EmojiSource } from './emojiSources.js';

/** Name of the manifest in a dataset's folder. */
export const manifestName = 'manifest.json';

/** SHA-256 of a dataset's files, in hexadecimal, by path relative to its folder. */
export interface FileHashes {
  /** Files hashed as they lie on the disk. */
  readonly bytes: Readonly<Record<string, string>>;
  /** Pictures hashed as decoded RGB pixels, row by row: a PNG's bytes differ from one encoder to the next. */
  readonly pixels: Readonly<Record<string, string>>;
}

/** What the manifest of any dataset that the command makes has. */
export interface DatasetManifest {
  /** Kind of dataset. */
  readonly dataset: string;
  /** Hashes of all files but the manifest. */
  readonly files: FileHashes;
}

/** What an emoji dataset is made of and what it holds. */
export interface EmojiManifest extends DatasetManifest {
  readonly dataset: 'emoji';
  /** Version of the rule; another number means that equal options no longer give equal rows. */
  readonly version: number;
  /** The rule's options, defaults filled in. */
  readonly options: EmojiRule;
  /** The npm packages it was made of. */
  readonly sources: readonly EmojiSource[];
  /** How much of everything it holds. */
  readonly counts: EmojiCounts;
  /** Emoji left out, by reason. */
  readonly dropped: DroppedCounts;
}

/** How much an emoji dataset holds. */
export interface EmojiCounts {
  /** Rows in each split. */
  readonly rows: Readonly<Record<EmojiSplit, number>>;
  /** Emoji in each split. */
  readonly emoji: Readonly<Record<EmojiSplit, number>>;
  /** Classes. */
  readonly labels: number;
  /** Picture files of both vendors. */
  readonly pictures: number;
}

/** Reads the manifest of an emoji dataset; throws `DataError` when the folder has none or it can't be read. */
export async function readEmojiManifest(folder: string): Promise<EmojiManifest> {
  const manifest = await readManifest(folder);
  if (isEmojiManifest(manifest)) return manifest;
  throw notADataset(join(folder, manifestName));
}

const isEmojiManifest = (manifest: DatasetManifest): manifest is EmojiManifest => manifest.dataset === 'emoji';

/** Reads the manifest of any dataset; throws `DataError` when the folder has none or it can't be read. */
export async function readManifest(folder: string): Promise<DatasetManifest> {
  const file = join(folder, manifestName);
  try {
    const manifest = JSON.parse(await readFile(file, 'utf8')) as DatasetManifest;
    if (typeof manifest.dataset === 'string' && manifest.files.bytes && manifest.files.pixels) return manifest;
  } catch (cause) {
    throw notADataset(file, cause);
  }
  throw notADataset(file);
}

/** Whether two manifests tell of the same dataset; pictures count by their paths, the sources decide their pixels. */
export function isSameDataset(one: EmojiManifest, other: EmojiManifest): boolean {
  return identityOf(one) === identityOf(other);
}

function identityOf({ files, ...rest }: EmojiManifest): string {
  const sorted = Object.entries(files.bytes).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([sortKeys(rest), sorted, Object.keys(files.pixels).sort()]);
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, field]) => [name, sortKeys(field)]));
}

function notADataset(file: string, cause?: unknown): DataError {
  return new DataError(
    `dataset: a dataset's folder must hold a manifest, got file=${file}. ` +
      `Name a folder that \`tessera data\` made.`,
    { cause },
  );
}
