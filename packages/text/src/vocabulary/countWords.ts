import { isText, sentencesOf } from '../input/rawText.js';

/**
 * How often each word occurs, in order of first appearance. Values that are no text are passed over: whoever checks the
 * data names their rows.
 */
export function countWords(values: Iterable<unknown>, split: (text: string) => string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) {
    if (!isText(value)) continue;
    for (const word of sentencesOf(value).flatMap(split)) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return counts;
}

/** Descending by count, ties by code units: the same on every machine and in any order of the rows. */
export const byFrequency = ([a, countA]: readonly [string, number], [b, countB]: readonly [string, number]): number =>
  countB - countA || (a < b ? -1 : Number(a > b));
