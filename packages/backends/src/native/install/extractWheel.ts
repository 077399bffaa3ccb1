// A wheel is a zip file. Only what the binding needs is written: two libraries and the headers.
import { createWriteStream, mkdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { BackendError } from '@tessera/core';
import { openPromise, type Entry, type ZipFile } from 'yauzl';

/** Where an entry of the wheel goes, relative to the folder; undefined leaves it out. */
export type EntryPlace = (name: string) => string | undefined;

/**
 * Extracts the entries that have a place. `onProgress` gets uncompressed bytes. Returns what was written.
 * @throws BackendError for a file that is no whole zip file
 */
export async function extractWheel(
  wheel: string,
  folder: string,
  place: EntryPlace,
  onProgress?: (done: number, total: number) => void,
): Promise<string[]> {
  const zip = await open(wheel);
  try {
    const chosen: [Entry, string][] = [];
    for await (const entry of zip.eachEntry()) {
      const to = entry.fileName.endsWith('/') ? undefined : place(entry.fileName);
      if (to !== undefined) chosen.push([entry, to]);
    }
    const total = chosen.reduce((sum, [entry]) => sum + entry.uncompressedSize, 0);
    let done = 0;
    for (const [entry, to] of chosen) {
      const file = join(folder, to);
      mkdirSync(dirname(file), { recursive: true });
      const content = await zip.openReadStreamPromise(entry);
      content.on('data', (chunk: Buffer) => {
        done += chunk.length;
        onProgress?.(done, total);
      });
      await pipeline(content, createWriteStream(file));
    }
    return chosen.map(([, to]) => to);
  } finally {
    zip.close();
  }
}

async function open(wheel: string): Promise<ZipFile> {
  try {
    return await openPromise(wheel, { autoClose: false });
  } catch (error) {
    throw new BackendError(
      `backend install: a wheel must be a whole zip file, got ${basename(wheel)} (${(error as Error).message.replace(/\.$/, '')}). Fetch it again.`,
      { cause: error },
    );
  }
}
