import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { DataError } from '@tessera/core';
import { manifestName } from '../datasetManifest.js';
import { isSameDataset, readEmojiManifest, type EmojiManifest } from './emojiManifest.js';
import { resolveEmojiRule, type EmojiOptions } from './emojiOptions.js';
import { hashPixels, readPictureOnWhite, writePicture } from './emojiPictures.js';
import { planEmojiDataset, textFilesOf } from './emojiPlan.js';
import { emojiSplits, type EmojiPlan, type EmojiSplit } from './emojiRows.js';
import { type DroppedCounts } from './emojiSelection.js';
import { findEmojiSources } from './emojiSources.js';
import { forEachConcurrently } from '../forEachConcurrently.js';
import { placeFolder } from '../placeFolder.js';
import { sha256 } from '../sha256.js';
import { verifyDataset } from '../verifyDataset.js';

/** What `buildEmojiDataset` made. */
export interface EmojiDataset {
  /** Absolute path of the dataset. */
  readonly folder: string;
  /** True when the same dataset was there already and nothing was written. */
  readonly reused: boolean;
  /** Rows in each split. */
  readonly rows: Readonly<Record<EmojiSplit, number>>;
  /** Emoji in each split. */
  readonly emoji: Readonly<Record<EmojiSplit, number>>;
  /** Class names, sorted. */
  readonly labels: readonly string[];
  /** Emoji left out, by reason. */
  readonly dropped: DroppedCounts;
  /** What `manifest.json` holds. */
  readonly manifest: EmojiManifest;
}

/**
 * Makes the emoji dataset (an emoji's Unicode group from its picture and a keyword) out of three installed npm packages:
 * `train.jsonl`, `dev.jsonl`, `test.jsonl`, `labels.json`, `images/<vendor>/<hexcode>.png` (64×64, on white) and
 * `manifest.json` in the folder `to`. The same options and package versions give the same rows and pixels.
 *
 * Throws `DataError` for a wrong option, a package that is not installed, and a folder that holds something else.
 */
export async function buildEmojiDataset(options: EmojiOptions): Promise<EmojiDataset> {
  const rule = resolveEmojiRule(options);
  const folder = resolve(options.to);
  const starts = options.from === undefined ? [process.cwd(), dirname(folder)] : [options.from];
  const sources = await findEmojiSources(starts);
  const plan = await planEmojiDataset(sources, rule);
  const texts = textFilesOf(plan);
  const planned = planManifest(plan, texts, { options: rule, sources: sources.credits });
  options.onProgress?.(1, 1, 'rows');

  const existing = await checkTarget(folder, planned, options);
  const manifest = existing ?? (await writeDataset(folder, { plan, texts, planned, options }));
  return {
    folder,
    reused: existing !== undefined,
    rows: manifest.counts.rows,
    emoji: manifest.counts.emoji,
    labels: plan.labels,
    dropped: manifest.dropped,
    manifest,
  };
}

/** The manifest before any picture is decoded: their hashes are still empty. */
function planManifest(
  plan: EmojiPlan,
  texts: Record<string, string>,
  origin: Pick<EmojiManifest, 'options' | 'sources'>,
): EmojiManifest {
  const { train, dev, test } = plan.rows;
  return {
    dataset: 'emoji',
    version: 1,
    ...origin,
    counts: {
      rows: { train: train.length, dev: dev.length, test: test.length },
      emoji: plan.emoji,
      labels: plan.labels.length,
      pictures: plan.pictures.length,
    },
    dropped: plan.dropped,
    files: {
      bytes: Object.fromEntries(Object.entries(texts).map(([path, text]) => [path, sha256(text)])),
      pixels: Object.fromEntries(plan.pictures.map(({ path }) => [path, ''])),
    },
  };
}

const datasetEntries = [...emojiSplits.map((split) => `${split}.jsonl`), 'labels.json', 'images', manifestName];

/**
 * Says whether the folder may be written (undefined) or is the same dataset already (its manifest).
 * Even `overwrite` replaces nothing but a dataset.
 */
async function checkTarget(
  folder: string,
  planned: EmojiManifest,
  { overwrite, onProgress }: EmojiOptions,
): Promise<EmojiManifest | undefined> {
  const entries = await readEntries(folder);
  if (entries.length === 0) return undefined;
  const foreign = entries.find((entry) => !datasetEntries.includes(entry));
  if (foreign !== undefined || !entries.includes(manifestName)) {
    throw new DataError(
      `emoji dataset: an existing folder must hold an emoji dataset and nothing else, got to=${folder} ` +
        `with ${foreign ?? 'no manifest.json'}. Choose another folder.`,
    );
  }
  if (overwrite) return undefined;
  const manifest = await readEmojiManifest(folder);
  if (!isSameDataset(manifest, planned)) {
    throw new DataError(
      `emoji dataset: an existing folder must hold the same dataset, got to=${folder} ` +
        `made with other options or package versions. Choose another folder or set overwrite (--overwrite).`,
    );
  }
  const found = await verifyDataset(folder, (done, total) => onProgress?.(done, total, 'verify'));
  if (!found.ok) {
    throw new DataError(
      `emoji dataset: an existing folder must be as its manifest tells, got to=${folder} with ` +
        `${found.differing.length} changed and ${found.missing.length} missing files. Set overwrite (--overwrite) to make it again.`,
    );
  }
  return manifest;
}

async function readEntries(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new DataError(
      `emoji dataset: to must be a folder that can be read, got to=${folder}. Choose another folder.`,
      { cause },
    );
  }
}

interface PlannedDataset {
  readonly plan: EmojiPlan;
  readonly texts: Record<string, string>;
  readonly planned: EmojiManifest;
  readonly options: EmojiOptions;
}

function writeDataset(target: string, { plan, texts, planned, options }: PlannedDataset): Promise<EmojiManifest> {
  const write = async (folder: string): Promise<EmojiManifest> => {
    const pixels = { ...planned.files.pixels };
    for (const parent of new Set(plan.pictures.map(({ path }) => dirname(path)))) {
      await mkdir(join(folder, parent), { recursive: true });
    }
    for (const [path, text] of Object.entries(texts)) await writeFile(join(folder, path), text);
    await forEachConcurrently(
      plan.pictures,
      async ({ source, path }) => {
        const picture = await readPictureOnWhite(source);
        pixels[path] = hashPixels(picture);
        await writePicture(picture, join(folder, path));
      },
      (done, total) => options.onProgress?.(done, total, 'pictures'),
    );
    const manifest = { ...planned, files: { ...planned.files, pixels } };
    await writeFile(join(folder, manifestName), `${JSON.stringify(manifest, undefined, 2)}\n`);
    return manifest;
  };
  return placeFolder(target, { write, replace: options.overwrite ?? false });
}
