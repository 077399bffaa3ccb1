import type { Candidate } from './candidate.js';

/** What two splits have in common: a score on the second may partly be memory of the first. */
export interface SharedRows {
  readonly splits: readonly [string, string];
  /** Ids that both have. */
  readonly ids: number;
  /** Pictures that both have, byte by byte. */
  readonly pictures: number;
}

/** Pairs of splits that share ids or pictures; a hard test set shares the test set's by its nature. */
export function findShared(rows: readonly Candidate[], hashes: ReadonlyMap<string, string>): SharedRows[] {
  const ids = new Map<string, Set<string>>();
  const pictures = new Map<string, Set<string>>();
  for (const { split, id, picture } of rows) {
    entry(ids, split).add(id);
    entry(pictures, split).add(hashes.get(picture.path) ?? picture.path);
  }
  const splits = [...ids.keys()];
  return splits.flatMap((one, i) =>
    splits.slice(i + 1).flatMap((other): SharedRows[] => {
      const shared = {
        splits: [one, other] as const,
        ids: countCommon(entry(ids, one), entry(ids, other)),
        pictures: countCommon(entry(pictures, one), entry(pictures, other)),
      };
      return shared.ids + shared.pictures > 0 ? [shared] : [];
    }),
  );
}

function entry(sets: Map<string, Set<string>>, name: string): Set<string> {
  const set = sets.get(name) ?? new Set<string>();
  sets.set(name, set);
  return set;
}

function countCommon(one: ReadonlySet<string>, other: ReadonlySet<string>): number {
  let count = 0;
  for (const value of one) if (other.has(value)) count += 1;
  return count;
}
