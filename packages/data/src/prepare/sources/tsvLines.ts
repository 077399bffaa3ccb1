import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import type { ReadContext } from '../preparedSource.js';
import { openFiles, type SplitFile } from './sourceLines.js';

/** A line of a TSV file. */
export interface TsvLine {
  readonly split: string;
  readonly origin: string;
  readonly cells: readonly string[];
}

/** The lines of TSV files. A cell that holds a tab or a quote stands in quotes, with quotes inside doubled. */
export async function* tsvLines(files: readonly SplitFile[], context: ReadContext): AsyncGenerator<TsvLine, void> {
  for await (const { split, origin, bytes } of openFiles(files, context)) {
    let number = 0;
    for await (const line of createInterface({ input: Readable.from(bytes), crlfDelay: Infinity })) {
      number += 1;
      if (line.trim() !== '') yield { split, origin: `${origin}, row ${number}`, cells: line.split('\t').map(unquote) };
    }
  }
}

const unquote = (cell: string): string =>
  /^".*"$/s.test(cell) && cell.length > 1 ? cell.slice(1, -1).replaceAll('""', '"') : cell;
