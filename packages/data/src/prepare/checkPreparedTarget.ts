import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '@tessera/core';
import { manifestName } from '../datasetManifest.js';
import type { SourceName } from './preparedSource.js';

/**
 * Says whether a folder may be written: it is free, or holds the same kind of dataset and `overwrite` is set.
 * @throws DataError otherwise: nothing but a prepared dataset is ever replaced
 */
export async function checkPreparedTarget(
  folder: string,
  { dataset, overwrite }: { readonly dataset: SourceName; readonly overwrite: boolean },
): Promise<void> {
  const entries = await readdir(folder).catch((cause: unknown) => {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new DataError(`prepared dataset: to must be a folder that can be read, got to=${folder}. Choose another.`, {
      cause,
    });
  });
  if (entries.length === 0) return;
  const found = await datasetIn(folder);
  const foreign = entries.find((entry) => !isOurs(entry));
  if (found !== dataset || foreign !== undefined) {
    throw new DataError(
      `prepared dataset: an existing folder must hold a prepared ${dataset} and nothing else, got to=${folder} with ` +
        `${foreign ?? found ?? `no ${manifestName}`}. Choose another folder.`,
    );
  }
  if (overwrite) return;
  throw new DataError(
    `prepared dataset: to must be free, got to=${folder}, which holds a prepared ${dataset}. ` +
      'Set overwrite (--overwrite) to make it again, or check it with `tessera data verify`.',
  );
}

const isOurs = (entry: string): boolean =>
  /^[\w-]+\.jsonl$/.test(entry) || ['labels.json', 'pictures.sha256', 'images', manifestName].includes(entry);

async function datasetIn(folder: string): Promise<string | undefined> {
  try {
    const { dataset } = JSON.parse(await readFile(join(folder, manifestName), 'utf8')) as { dataset?: unknown };
    return typeof dataset === 'string' ? dataset : undefined;
  } catch {
    return undefined;
  }
}
