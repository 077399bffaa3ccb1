import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '@tessera/core';

/** Names of the folder in the archives that are around. */
const names = ['flickr30k-images', 'flickr30k_images', 'flickr30k', 'images', 'Images'];

/**
 * The folder that holds Flickr30k's pictures (`1000092795.jpg` …): the one that was named, or one of the usual names in
 * the given folders; a folder of the same name inside, as one archive has it, is followed.
 * @throws DataError when there is none
 */
export async function findFlickr(given: string | undefined, places: readonly string[]): Promise<string> {
  const candidates = given === undefined ? places.flatMap((place) => names.map((name) => join(place, name))) : [given];
  for (const folder of candidates) {
    for (const inner of [folder, ...names.map((name) => join(folder, name))]) {
      if (await hasPictures(inner)) return inner;
    }
  }
  throw new DataError(
    `vsnli: the pictures of Flickr30k must be there, got ${given === undefined ? `none of ${names.slice(0, 3).join(', ')} in ${places[0] ?? ''}` : `flickr=${given} without any`}. ` +
      'Name the folder that holds 1000092795.jpg and the like (--flickr).',
  );
}

async function hasPictures(folder: string): Promise<boolean> {
  const entries = await readdir(folder).catch(() => []);
  return entries.some((name) => /^\d+\.jpg$/.test(name));
}
