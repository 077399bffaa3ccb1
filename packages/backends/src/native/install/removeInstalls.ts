import { existsSync, readdirSync, rmSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { BackendError } from '@tessera/core';
import { listInstalls, nativeCache, usableInstalls } from '../nativeInstalls.js';
import { BUILDING, lockCache } from './lockCache.js';

/** What to remove. */
export interface RemoveOptions {
  /** Versions of TensorFlow, or names or folders from `tessera backend list`; all that is in the cache if left out. */
  readonly which?: readonly string[];
  /** Only what this version of Tessera does not use, what is broken, and what was broken off. */
  readonly unused?: boolean;
  readonly cache?: string;
}

/**
 * Removes installations from the cache; unless they are named, also what downloads and broken-off builds left. Returns the
 * folders.
 * @throws BackendError for a name that is not in the cache, or while an installation runs; nothing is removed then
 */
export async function removeInstalls(options: RemoveOptions = {}): Promise<string[]> {
  const cache = options.cache ?? nativeCache();
  const { installs, broken } = listInstalls(cache);
  const all = [...installs, ...broken];
  const isUsable = options.unused ? await usableInstalls() : undefined;
  const candidates = isUsable ? all.filter((found) => 'problem' in found || !isUsable(found)) : all;
  const matches = (found: (typeof all)[number], name: string): boolean =>
    found.folder === resolve(name) ||
    basename(found.folder) === name ||
    (!('problem' in found) && found.tensorflow === name);
  for (const name of options.which ?? []) {
    if (!all.some((found) => matches(found, name))) throw unknownInstall(name, all);
  }
  const named = options.which?.length
    ? candidates.filter((found) => options.which?.some((name) => matches(found, name)))
    : candidates;
  const folders = [...named.map(({ folder }) => folder), ...(options.which?.length ? [] : leftovers(cache))];
  if (folders.length === 0) return [];
  const release = lockCache(cache);
  try {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  } finally {
    release();
  }
  return folders;
}

/** Downloads and builds that were broken off. */
const leftovers = (cache: string): string[] =>
  existsSync(cache)
    ? readdirSync(cache)
        .filter((name) => name.startsWith(BUILDING) || name === 'downloads')
        .map((name) => join(cache, name))
    : [];

function unknownInstall(name: string, all: readonly { folder: string }[]): BackendError {
  const known = all.map(({ folder }) => basename(folder)).join(', ') || 'nothing is installed';
  return new BackendError(
    `backend remove: what to remove must be installed, got "${name}". There: ${known}. tessera backend list shows more.`,
  );
}
