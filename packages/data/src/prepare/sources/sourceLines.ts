import type { DataProblems } from '../../check/dataProblems.js';
import { jsonlRows } from '../../jsonl/jsonlRows.js';
import { sizeOf } from '../inputFiles.js';
import type { ReadContext } from '../preparedSource.js';

/** A row of a JSON Lines file. */
export interface SourceLine {
  readonly split: string;
  /** `train.jsonl, row 3` */
  readonly origin: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** A file and the split that it is. */
export interface SplitFile {
  readonly split: string;
  readonly path: string;
}

/** The rows of JSON Lines files; lines that are none are dropped. */
export async function* sourceLines(
  files: readonly SplitFile[],
  context: ReadContext,
): AsyncGenerator<SourceLine, void> {
  for await (const { split, origin, bytes } of openFiles(files, context)) {
    const problems: Pick<DataProblems, 'add'> = {
      add: (detail, { where = origin } = {}) =>
        context.dropped.add({ split, origin: where, reason: 'broken row', detail }),
    };
    for await (const { number, values } of jsonlRows(bytes, origin, problems)) {
      yield { split, origin: `${origin}, row ${number}`, values };
    }
  }
}

/** Files of splits, one after the other, with progress over the bytes of all. */
export async function* openFiles(
  files: readonly SplitFile[],
  { inputs, onProgress }: ReadContext,
): AsyncGenerator<SplitFile & { readonly origin: string; readonly bytes: AsyncIterable<Uint8Array> }, void> {
  const sizes = await Promise.all(files.map(({ path }) => sizeOf(path)));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  let done = 0;
  for (const file of files) {
    const bytes = inputs.stream(file.path, (read) => onProgress((done += read), total));
    yield { ...file, origin: inputs.name(file.path), bytes };
  }
}
