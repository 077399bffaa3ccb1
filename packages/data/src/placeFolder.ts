import { mkdir, mkdtemp, rename, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { DataError } from '@tessera/core';
import { createFolder } from './createFolder.js';

/** How `placeFolder` fills the folder and whether it may replace one. */
export interface PlaceFolderOptions<T> {
  /** Writes the content into the temporary folder it is given. */
  readonly write: (folder: string) => Promise<T>;
  /** Whether what is at the target is replaced; else only an empty folder is. */
  readonly replace: boolean;
}

/**
 * Fills a temporary folder beside `target` and renames it when that is done: `target` is never seen half written, and
 * after an error it is as it was. A killed process leaves at most a `<target>.partial-*` folder, which may be deleted.
 * Throws `DataError` when nothing can be written there or another process was faster.
 */
export async function placeFolder<T>(target: string, { write, replace }: PlaceFolderOptions<T>): Promise<T> {
  const working = await makeWorkingFolder(target);
  try {
    const content = join(working, 'content');
    await mkdir(content);
    const result = await write(content);
    // An empty folder goes first: not every system renames onto one. On a full or absent one this fails, as it should.
    await rmdir(target).catch(() => undefined);
    if (replace) await swap(content, target, `${working}.old`);
    else await moveToFree(content, target);
    return result;
  } finally {
    await rm(working, { recursive: true, force: true });
  }
}

async function makeWorkingFolder(target: string): Promise<string> {
  try {
    createFolder(dirname(target));
    return await mkdtemp(join(dirname(target), `${basename(target)}.partial-`));
  } catch (cause) {
    throw new DataError(
      `new folder: its parent must be a folder that can be written, got to=${target}. Choose another folder.`,
      { cause },
    );
  }
}

async function moveToFree(content: string, target: string): Promise<void> {
  try {
    await rename(content, target);
  } catch (cause) {
    throw new DataError(
      `new folder: it must stay free until it is written, got to=${target}. Run again to use what is there now.`,
      { cause },
    );
  }
}

async function swap(content: string, target: string, aside: string): Promise<void> {
  const hasOld = await rename(target, aside).then(
    () => true,
    () => false,
  );
  try {
    await rename(content, target);
  } catch (error) {
    if (hasOld) await rename(aside, target);
    throw error;
  }
  await rm(aside, { recursive: true, force: true });
}
