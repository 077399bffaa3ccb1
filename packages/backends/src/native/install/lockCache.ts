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
  const identity = `${process.pid} ${startOf(process.pid) ?? ''}`;
  try {
    writeFileSync(file, identity, { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const [owner, start] = readFileSync(file, 'utf8').split(' ');
    if (start !== undefined && startOf(Number(owner)) === start) {
      throw new BackendError(
        `backend install: one installation at a time can use ${cache}, got process ${owner ?? ''} at it. Wait until it ends.`,
      );
    }
    writeFileSync(file, identity);
  }
  for (const name of readdirSync(cache)) {
    if (name.startsWith(BUILDING)) rmSync(join(cache, name), { recursive: true, force: true });
  }
  return () => rmSync(file, { force: true });
}

/** When a process started; its number alone comes back, in containers after every start. Undefined if it does not run. */
function startOf(pid: number): string | undefined {
  try {
    // The name before it, in parentheses, may hold spaces.
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[19];
  } catch {
    return undefined;
  }
}
