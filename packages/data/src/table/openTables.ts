import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { DataError, type Dataset, type DatasetContext, type Split } from '@tessera/core';
import { DataProblems } from '../check/dataProblems.js';
import type { FieldPlan } from './fieldPlan.js';
import { checkReferencedFiles } from './referencedFiles.js';
import { SampleReader, type FileReference, type TableRow } from './sampleReader.js';
import type { NamedSplit } from './tableOptions.js';
import { sha256 } from '../sha256.js';

/** Reads the rows of one file; faults that leave the rest readable are added to the problems. */
export type RowParser = (
  bytes: AsyncIterable<Uint8Array>,
  origin: string,
  problems: DataProblems,
) => AsyncIterable<TableRow>;

/** What is opened. */
export interface TableRequest {
  /** The splits' files, relative to the spec. */
  readonly files: readonly NamedSplit<string>[];
  readonly plan: FieldPlan;
  readonly context: DatasetContext;
  readonly parse: RowParser;
}

/**
 * Reads all rows of all splits and checks that the files they name exist. What rows name is held in memory; what those
 * files hold is read when it is prepared.
 * @throws DataError with the first faults and how many there are.
 */
export async function openTables({ files, plan, context, parse }: TableRequest): Promise<Dataset> {
  const problems = new DataProblems();
  const splits: Record<string, Split> = {};
  const references: FileReference[] = [];
  const digests: string[] = [];
  const tables: string[] = [];
  for (const { split, option, content: path } of files) {
    const file = resolve(context.request.baseFolder, path);
    const reader = new SampleReader(plan, { split, origin: path, folder: dirname(file) }, problems);
    const hash = createHash('sha256');
    const bytes = readBytes(file, `${context.path}.${option}`, hash);
    for await (const row of parse(bytes, path, problems)) reader.add(row);
    splits[split] = reader.finish();
    references.push(...reader.files.values());
    digests.push(`${split} ${hash.digest('hex')}\n`);
    tables.push(file);
  }
  await checkReferencedFiles(references, problems);
  problems.throwIfAny();
  return {
    splits,
    fingerprint: sha256(digests.sort().join('')),
    files: [...new Set([...tables, ...references.map(({ path }) => path)])],
  };
}

/** A file's bytes in pieces, hashed as they pass. */
async function* readBytes(file: string, option: string, hash: Hash): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 }) as AsyncIterable<Uint8Array>) {
      hash.update(chunk);
      yield chunk;
    }
  } catch (cause) {
    throw new DataError(`${option}: must be a file that can be read, got ${file}${reasonOf(cause)}.`, { cause });
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: ', which does not exist. Relative names start from the folder of the spec',
  EISDIR: ', which is a folder. Name the file in it',
  EACCES: ', which this user may not read. Change its permissions',
};

const reasonOf = (cause: unknown): string => {
  const { code, message } = cause as NodeJS.ErrnoException;
  return reasons[code ?? ''] ?? ` (${message})`;
};
