import { DataError, showValue } from '@tessera/core';

/** Two sentences that belong together, such as a premise and a hypothesis. */
export type SentencePair =
  readonly [first: string, second: string] | { readonly first: string; readonly second: string };

/** What a user gives for a text. */
export type RawText = string | SentencePair;

/** Whether a value is a text or a pair. */
export const isText = (raw: unknown): raw is RawText => typeof raw === 'string' || pairOf(raw) !== undefined;

/** One sentence or two. */
export const sentencesOf = (raw: RawText): readonly string[] =>
  typeof raw === 'string' ? [raw] : 'first' in raw ? [raw.first, raw.second] : raw;

/** Fails for anything but a single text. Throws DataError. */
export function requireText(raw: unknown): string {
  if (typeof raw === 'string') return raw;
  if (pairOf(raw)) {
    throw new DataError(`Text: must be one text, got the pair ${showValue(raw)}. Say \`pairs: true\` to read pairs.`);
  }
  throw new DataError(`Text: must be a string, got ${showValue(raw)}. Give text, or leave the modality out.`);
}

/** Fails for anything but two sentences. Throws DataError. */
export function requirePair(raw: unknown): readonly [first: string, second: string] {
  const pair = pairOf(raw);
  if (pair) return pair;
  throw new DataError(
    `Text: must be a pair of strings, got ${showValue(raw)}. Give { "first": "…", "second": "…" } or a list of two.`,
  );
}

/** The sentences of a text or a pair. Throws DataError for anything else. */
export const requireSentences = (raw: unknown): readonly string[] => pairOf(raw) ?? [requireText(raw)];

function pairOf(raw: unknown): readonly [first: string, second: string] | undefined {
  if (typeof raw !== 'object' || raw === null) return undefined;
  const sentences: readonly unknown[] = Array.isArray(raw)
    ? raw
    : [(raw as { first?: unknown }).first, (raw as { second?: unknown }).second];
  const [one, two] = sentences;
  if (sentences.length !== 2) return undefined;
  return typeof one === 'string' && typeof two === 'string' ? [one, two] : undefined;
}
