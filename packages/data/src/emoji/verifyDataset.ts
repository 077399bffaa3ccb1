import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readManifest, type EmojiManifest } from './emojiManifest.js';
import { hashPixels, readRgbPicture } from './emojiPictures.js';
import { forEachConcurrently } from '../forEachConcurrently.js';

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
  readonly manifest: EmojiManifest;
}

/**
 * Compares a dataset's files with the hashes in its manifest.
 * Differences are reported, not thrown; throws `DataError` when the folder holds no manifest.
 */
export async function verifyDataset(
  folder: string,
  onProgress?: (done: number, total: number) => void,
): Promise<DatasetVerification> {
  const manifest = await readManifest(folder);
  const expected = [
    ...Object.entries(manifest.files.bytes).map(([path, hash]) => ({ path, hash, hashOf: hashFile })),
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

/** SHA-256 of bytes or UTF-8 text, in hexadecimal. */
export function hashFile(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex');
}

async function hashPicture(content: Uint8Array): Promise<string | undefined> {
  try {
    return hashPixels(await readRgbPicture(content));
  } catch {
    return undefined;
  }
}
