// A wheel is a zip file. Only what the binding needs is written: two libraries and the headers.
import { createWriteStream, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { openPromise, type Entry } from 'yauzl';

/** Where an entry of the wheel goes, relative to the folder; undefined leaves it out. */
export type EntryPlace = (name: string) => string | undefined;

/** Extracts the entries that have a place. `onProgress` gets uncompressed bytes. Returns what was written. */
export async function extractWheel(
  wheel: string,
  folder: string,
  place: EntryPlace,
  onProgress?: (done: number, total: number) => void,
): Promise<string[]> {
  const zip = await openPromise(wheel, { autoClose: false });
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
      await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(file));
      onProgress?.((done += entry.uncompressedSize), total);
    }
    return chosen.map(([, to]) => to);
  } finally {
    zip.close();
  }
}
