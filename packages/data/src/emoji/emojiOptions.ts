import { DataError } from '@tessera/core';

/** The vendors whose pictures npm carries under a licence that allows use. */
export const emojiVendors = ['google', 'twitter'] as const;

/** One of {@link emojiVendors}. */
export type EmojiVendor = (typeof emojiVendors)[number];

/** What an emoji is classified as: its Unicode group or the finer subgroup. */
export const emojiLabels = ['group', 'subgroup'] as const;

/** One of {@link emojiLabels}. */
export type EmojiLabel = (typeof emojiLabels)[number];

/** The part of a build that goes on: selecting rows, writing pictures, or checking a folder that is there already. */
export type EmojiStage = 'rows' | 'pictures' | 'verify';

/** What decides the content of an emoji dataset; two builds with the same rule and the same sources are equal. */
export interface EmojiRule {
  /** Vendor of the main pictures; training rows name the other vendor's as `image_alt`. */
  readonly pictures: EmojiVendor;
  /** Language of the keywords, as `emojibase-data` names its folders (`en`, `de`, `zh-hant`). */
  readonly language: string;
  /** What the rows are labelled with. */
  readonly label: EmojiLabel;
  /** Keywords in the text of one row. */
  readonly keywords: number;
  /** Rows at most for one training emoji, each another choice of keywords; other emoji have one row. */
  readonly draws: number;
  /** Classes with fewer emoji than this are left out. */
  readonly minimumCount: number;
}

/** Options of `buildEmojiDataset`; only `to` is required. */
export interface EmojiOptions extends Partial<EmojiRule> {
  /** Folder to make. */
  readonly to: string;
  /** Folder from which the npm packages are looked up; the current folder and then `to`'s parents when left out. */
  readonly from?: string;
  /** Replaces a dataset that is already at `to`. */
  readonly overwrite?: boolean;
  /** Hears how many of a stage's steps are done. */
  readonly onProgress?: (done: number, total: number, stage: EmojiStage) => void;
}

const defaults: EmojiRule = {
  pictures: 'google',
  language: 'en',
  label: 'group',
  keywords: 1,
  draws: 8,
  minimumCount: 8,
};

/** Fills in the defaults of an emoji rule; throws `DataError` for a value outside what is allowed. */
export function resolveEmojiRule(options: Partial<EmojiRule>): EmojiRule {
  const rule: EmojiRule = {
    pictures: options.pictures ?? defaults.pictures,
    language: options.language ?? defaults.language,
    label: options.label ?? defaults.label,
    keywords: options.keywords ?? defaults.keywords,
    draws: options.draws ?? defaults.draws,
    minimumCount: options.minimumCount ?? defaults.minimumCount,
  };
  requireOneOf('pictures', rule.pictures, emojiVendors);
  requireOneOf('label', rule.label, emojiLabels);
  for (const name of ['keywords', 'draws', 'minimumCount'] as const) {
    if (Number.isInteger(rule[name]) && rule[name] >= 1) continue;
    throw new DataError(
      `emoji dataset: ${name} must be a positive whole number, got ${name}=${rule[name]}. ` +
        `Leave it out for ${defaults[name]}.`,
    );
  }
  return rule;
}

/** Throws a `DataError` that lists what is allowed unless `value` is among it. */
export function requireOneOf(name: string, value: string, allowed: readonly string[]): void {
  if (allowed.includes(value)) return;
  throw new DataError(`emoji dataset: unknown ${name}, got ${name}=${value}. Use one of ${allowed.join(', ')}.`);
}
