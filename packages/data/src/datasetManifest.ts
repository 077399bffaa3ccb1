import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '@tessera/core';

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

/** Reads the manifest of any dataset; throws `DataError` when the folder has none or it can't be read. */
export async function readManifest(folder: string): Promise<DatasetManifest> {
  try {
    const manifest = JSON.parse(await readFile(join(folder, manifestName), 'utf8')) as DatasetManifest;
    if (typeof manifest.dataset === 'string' && manifest.files.bytes && manifest.files.pixels) return manifest;
  } catch (cause) {
    throw notADataset(folder, cause);
  }
  throw notADataset(folder);
}

/** The error for a folder without a manifest of the kind that is wanted. */
export function notADataset(folder: string, cause?: unknown): DataError {
  return new DataError(
    `dataset: a dataset's folder must hold a manifest, got file=${join(folder, manifestName)}. ` +
      `Name a folder that \`tessera data\` made.`,
    { cause },
  );
}
