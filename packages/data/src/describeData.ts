import type { Dataset } from '@tessera/core';

/** What a run records of its data. */
export interface DataDescription {
  /** Hash of the content; empty for data in memory. */
  readonly fingerprint: string;
  readonly splits: Readonly<Record<string, { readonly length: number; readonly origin: string }>>;
}

/** A dataset's fingerprint, and the length and origin of its splits. */
export function describeData({ fingerprint, splits }: Dataset): DataDescription {
  return {
    fingerprint,
    splits: Object.fromEntries(
      Object.entries(splits).map(([name, { length, origin }]) => [name, { length, origin }] as const),
    ),
  };
}
