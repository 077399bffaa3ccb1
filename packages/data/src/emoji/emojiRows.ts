// The rule that turns emoji into rows. Nothing is random: every choice is the order of SHA-256 hashes, so that the same
// sources give the same bytes on every machine and in every language (a Python twin made the reference rows).
import { DataError } from '@tessera/core';
import type { EmojiRule, EmojiVendor } from './emojiOptions.js';
import type { DroppedCounts, SelectedEmoji } from './emojiSelection.js';
import type { EmojibaseEntry } from './emojiSources.js';
import { sha256 } from '../sha256.js';

/** The parts of the dataset; an emoji and its variants are all in one of them. */
export const emojiSplits = ['train', 'dev', 'test'] as const;

/** One of {@link emojiSplits}. */
export type EmojiSplit = (typeof emojiSplits)[number];

/** One line of a JSONL file. Picture paths are relative to the dataset's folder. */
export interface EmojiRow {
  /** Hexcode and draw, as in `1F600#0`. */
  readonly id: string;
  /** Keywords, separated by spaces. */
  readonly text: string;
  /** Picture of the chosen vendor. */
  readonly image: string;
  /** Class name. */
  readonly label: string;
  /** English name, whatever the language of the keywords. */
  readonly name: string;
  /** The other vendor's picture; training rows only. */
  readonly image_alt?: string;
}

/** A picture to write: where it comes from and its path in the dataset's folder. */
export interface EmojiPicture {
  readonly source: string;
  readonly path: string;
}

/** Everything that is in a dataset, before anything is written. */
export interface EmojiPlan {
  readonly rows: Readonly<Record<EmojiSplit, readonly EmojiRow[]>>;
  /** Emoji in each split. */
  readonly emoji: Readonly<Record<EmojiSplit, number>>;
  /** Class names, sorted. */
  readonly labels: readonly string[];
  readonly pictures: readonly EmojiPicture[];
  readonly dropped: DroppedCounts;
}

interface KeywordedEmoji extends SelectedEmoji {
  readonly keywords: readonly string[];
}

/** Chooses keywords, classes and splits; throws `DataError` when no emoji is left. */
export function planEmojiRows(
  selected: readonly SelectedEmoji[],
  localized: readonly EmojibaseEntry[],
  rule: EmojiRule,
): EmojiPlan {
  const byHexcode = new Map(localized.map((entry) => [entry.hexcode, entry]));
  const keyworded = selected
    .map((emoji) => ({ ...emoji, keywords: keywordsOf(byHexcode.get(emoji.hexcode)) }))
    .filter((emoji) => emoji.keywords.length > 0);
  const counts = new Map<string, number>();
  for (const emoji of keyworded) counts.set(emoji[rule.label], (counts.get(emoji[rule.label]) ?? 0) + 1);
  const kept = keyworded.filter((emoji) => (counts.get(emoji[rule.label]) ?? 0) >= rule.minimumCount);
  if (kept.length === 0) throw nothingLeft(rule, Math.max(0, ...counts.values()));
  return {
    ...placeRows(kept, rule),
    labels: [...new Set(kept.map((emoji) => emoji[rule.label]))].sort(),
    dropped: {
      'no keyword left': selected.length - keyworded.length,
      [`class under ${rule.minimumCount}`]: keyworded.length - kept.length,
    },
  };
}

function nothingLeft({ language, minimumCount }: EmojiRule, largest: number): DataError {
  if (largest === 0) {
    return new DataError(
      `emoji dataset: a language must have keywords, got language=${language}. Choose another language.`,
    );
  }
  return new DataError(
    `emoji dataset: a class must have minimumCount emoji, got minimumCount=${minimumCount} ` +
      `and ${largest} emoji in the largest class. Use ${largest} or less.`,
  );
}

function placeRows(kept: readonly KeywordedEmoji[], rule: EmojiRule): Pick<EmojiPlan, 'rows' | 'emoji' | 'pictures'> {
  const other: EmojiVendor = rule.pictures === 'google' ? 'twitter' : 'google';
  const rows: Record<EmojiSplit, EmojiRow[]> = { train: [], dev: [], test: [] };
  const emojiCounts: Record<EmojiSplit, number> = { train: 0, dev: 0, test: 0 };
  const pictures: EmojiPicture[] = [];
  for (const emoji of kept) {
    const split = splitOf(emoji.hexcode);
    const image = picturePath(rule.pictures, emoji.hexcode);
    const image_alt = picturePath(other, emoji.hexcode);
    const isTraining = split === 'train';
    emojiCounts[split] += 1;
    pictures.push({ source: emoji.pictures[rule.pictures], path: image });
    if (isTraining) pictures.push({ source: emoji.pictures[other], path: image_alt });
    for (const { draw, text } of drawKeywords(emoji, rule.keywords, isTraining ? rule.draws : 1)) {
      rows[split].push({
        id: `${emoji.hexcode}#${draw}`,
        text,
        image,
        label: emoji[rule.label],
        name: emoji.name,
        ...(isTraining && { image_alt }),
      });
    }
  }
  return { rows, emoji: emojiCounts, pictures };
}

function picturePath(vendor: EmojiVendor, hexcode: string): string {
  return `images/${vendor}/${hexcode}.png`;
}

/** Keywords that share no word with the emoji's own name: else the text would often give the picture's name away. */
function keywordsOf(entry: EmojibaseEntry | undefined): readonly string[] {
  const name = wordsOf(entry?.label ?? '');
  return (entry?.tags ?? []).filter((tag) => ![...wordsOf(tag)].some((word) => name.has(word)));
}

/** Python's `\w+`: letters, numbers and underscore. Combining marks separate words there, so they do here. */
export function wordsOf(text: string): Set<string> {
  return new Set(text.toLowerCase().match(/[\p{L}\p{N}_]+/gu));
}

/** 65 % train, 10 % dev, 25 % test by the hash of the base code point, which keeps the variants of an emoji together. */
export function splitOf(hexcode: string): EmojiSplit {
  const share = Number(BigInt(`0x${hash(`split:${baseOf(hexcode)}`)}`) % 1_000_000n) / 1_000_000;
  if (share < 0.65) return 'train';
  return share < 0.75 ? 'dev' : 'test';
}

// Joiner, presentation selector, gender signs, man, woman, person.
const variantMarks = new Set(['200D', 'FE0F', '2640', '2642', '1F468', '1F469', '1F9D1']);

function baseOf(hexcode: string): string {
  const parts = hexcode.split('-');
  return parts.find((part) => !variantMarks.has(part)) ?? parts[0] ?? hexcode;
}

function drawKeywords(emoji: KeywordedEmoji, count: number, draws: number): { draw: number; text: string }[] {
  const drawn: { draw: number; text: string }[] = [];
  const seen = new Set<string>();
  for (let draw = 0; draw < draws; draw += 1) {
    const chosen = emoji.keywords
      .map((word) => ({ word, order: hash(`draw${draw}:${emoji.hexcode}:${word}`) }))
      .sort((a, b) => (a.order < b.order ? -1 : a.order > b.order ? 1 : 0))
      .slice(0, count)
      .map(({ word }) => word);
    const identity = JSON.stringify([...chosen].sort());
    if (seen.has(identity)) continue;
    seen.add(identity);
    drawn.push({ draw, text: chosen.join(' ') });
  }
  return drawn;
}

/** The first eight bytes of a SHA-256 in hexadecimal; equal width makes text order the order of the numbers. */
function hash(text: string): string {
  return sha256(text).slice(0, 16);
}
