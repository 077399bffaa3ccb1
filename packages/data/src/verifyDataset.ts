import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readManifest, type DatasetManifest } from './datasetManifest.js';
import { hashPixels, readRgbPicture } from './emoji/emojiPictures.js';
import { forEachConcurrently } from './forEachConcurrently.js';
import { pictureList } from './prepare/preparedManifest.js';
import { sha256 } from './sha256.js';

/** What `verifyDataset` found: paths relative to the dataset's folder, sorted. */
export interface DatasetVerification {
  /** True when every file is as the manifest tells. */
  readonly ok: boolean;
  /** Files compared. */
  readonly checked: number;
  /** Files whose content is another, pictures that no longer decode among them. */
  readonly differing: readonly string[];
  /** Files that are not there or can't be read. */
  readonly missing: readonly string[];
  /** The manifest they were compared with. */
  readonly manifest: DatasetManifest;
}

/**
 * Compares a dataset's files with the hashes in its manifest, and the pictures of a prepared one with its list of them.
 * Differences are reported, not thrown; throws `DataError` when the folder holds no manifest.
 */
export async function verifyDataset(
  folder: string,
  onProgress?: (done: number, total: number) => void,
): Promise<DatasetVerification> {
  const manifest = await readManifest(folder);
  const expected = [
    ...Object.entries(manifest.files.bytes).map(([path, hash]) => ({ path, hash, hashOf: sha256 })),
    ...(await listedPictures(folder, manifest)).map(([hash, path]) => ({ path, hash, hashOf: sha256 })),
    ...Object.entries(manifest.files.pixels).map(([path, hash]) => ({ path, hash, hashOf: hashPicture })),
  ];
  const differing: string[] = [];
  const missing: string[] = [];
  await forEachConcurrently(
    expected,
    async ({ path, hash, hashOf }) => {
      const content = await readFile(join(folder, path)).catch(() => undefined);
      if (content === undefined) missing.push(path);
      else if ((await hashOf(content)) !== hash) differing.push(path);
    },
    onProgress,
  );
  const ok = differing.length === 0 && missing.length === 0;
  return { ok, checked: expected.length, differing: differing.sort(), missing: missing.sort(), manifest };
}

/** Hash and path of each picture in a prepared dataset's list; none where it has no list, or lost it. */
async function listedPictures(folder: string, { files }: DatasetManifest): Promise<[hash: string, path: string][]> {
  if (!(pictureList in files.bytes)) return [];
  const text = await readFile(join(folder, pictureList), 'utf8').catch(() => '');
  return Array.from(text.matchAll(/^([0-9a-f]{64}) {2}(.+)$/gm), ([, hash = '', path = '']) => [hash, path]);
}

async function hashPicture(content: Uint8Array): Promise<string | undefined> {
  try {
    return hashPixels(await readRgbPicture(content));
  } catch {
    return undefined;
  }
}
