import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '@tessera/core';
import type { SourceName } from '../preparedSource.js';

/** What is looked for in a source folder. */
export interface LayoutSearch<TLayout> {
  readonly dataset: SourceName;
  /** Says what a folder is; undefined for something else. */
  readonly recognise: (folder: string) => Promise<TLayout | undefined>;
  /** What the folder must hold, for the message. */
  readonly wanted: string;
  /** Where it comes from and what to do. */
  readonly advice: string;
}

/**
 * The layout of the folder that a user named, or of a folder in it: archives unpack into a folder of their own.
 * @throws DataError that says what is wanted and what is there
 */
export async function findLayout<TLayout>(from: string, search: LayoutSearch<TLayout>): Promise<TLayout> {
  const entries = await readdir(from, { withFileTypes: true }).catch((cause: unknown) => {
    throw new DataError(
      `${search.dataset}: from must be a folder that can be read, got from=${from}. Check the path.`,
      {
        cause,
      },
    );
  });
  const folders = entries
    .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
    .map(({ name }) => name)
    .sort();
  for (const folder of [from, ...folders.map((name) => join(from, name))]) {
    const layout = await search.recognise(folder);
    if (layout !== undefined) return layout;
  }
  const names = entries.map(({ name }) => name).sort();
  const shown = names.length > 0 ? names.slice(0, 8).join(', ') + (names.length > 8 ? ', …' : '') : 'nothing';
  throw new DataError(
    `${search.dataset}: from must hold ${search.wanted}, got from=${from} with ${shown}. ${search.advice}`,
  );
}
