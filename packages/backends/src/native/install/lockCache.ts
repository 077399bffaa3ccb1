// One installation at a time: two would write the same partial download.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BackendError } from '@tessera/core';

/** What an installation builds in, until it is whole and gets its name. */
export const BUILDING = '.building-';

/**
 * Makes the cache's folder this process' own until the function that is returned is called, and removes what installations
 * that were killed left.
 * @throws BackendError while another process installs
 */
export function lockCache(cache: string): () => void {
  mkdirSync(cache, { recursive: true });
  const file = join(cache, '.lock');
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const owner = Number(readFileSync(file, 'utf8'));
    if (owner > 0 && runs(owner)) {
      throw new BackendError(
        `backend install: one installation at a time can use ${cache}, got process ${owner} at it. Wait until it ends.`,
      );
    }
    writeFileSync(file, String(process.pid));
  }
  for (const name of readdirSync(cache)) {
    if (name.startsWith(BUILDING)) rmSync(join(cache, name), { recursive: true, force: true });
  }
  return () => rmSync(file, { force: true });
}

function runs(owner: number): boolean {
  try {
    process.kill(owner, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
