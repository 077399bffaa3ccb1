import { notADataset, readManifest, type DatasetManifest } from '../datasetManifest.js';
import type { EmojiRule } from './emojiOptions.js';
import type { EmojiSplit } from './emojiRows.js';
import type { DroppedCounts } from './emojiSelection.js';
import type { EmojiSource } from './emojiSources.js';

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
  throw notADataset(folder);
}

const isEmojiManifest = (manifest: DatasetManifest): manifest is EmojiManifest => manifest.dataset === 'emoji';

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
