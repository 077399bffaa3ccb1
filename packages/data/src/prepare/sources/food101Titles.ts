import { join } from 'node:path';
import { parse, type Info } from 'csv-parse';
import type { Candidate } from '../candidate.js';
import type { ReadContext } from '../preparedSource.js';
import { plainWords } from './food101Text.js';
import { openFiles } from './sourceLines.js';

/** Rows of texts/train_titles.csv and texts/test_titles.csv: picture, title, class, without a header. */
export async function* readTitles(folder: string, context: ReadContext): AsyncGenerator<Candidate, void> {
  const files = ['train', 'test'].map((split) => ({ split, path: join(folder, 'texts', `${split}_titles.csv`) }));
  for await (const { split, origin, bytes } of openFiles(files, context)) {
    for await (const { record, line } of csvRecords(bytes)) {
      const where = `${origin}, line ${line}`;
      const [file, title, label] = record;
      if (record.length !== 3 || !isName(file) || title === undefined || !isName(label)) {
        const detail = `must be picture, title, class, got ${JSON.stringify(record).slice(0, 80)}`;
        context.dropped.add({ split, origin: where, reason: 'broken row', detail });
        continue;
      }
      const picture = { path: join(folder, 'images', split, label, file), name: `${split}/${label}/${file}` };
      yield { split, origin: where, id: `${label}_${file}`, texts: { text: plainWords(title) }, picture, label };
    }
  }
}

/** Whether a cell can be the name of a file or folder. */
const isName = (cell: string | undefined): cell is string => cell !== undefined && /^[^/\\]*[^./\\][^/\\]*$/.test(cell);

interface CsvRecord {
  readonly record: readonly string[];
  /** Line that it ends in, from 1. */
  readonly line: number;
}

async function* csvRecords(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<CsvRecord, void> {
  const parser = parse({ bom: true, info: true, relax_column_count: true, relax_quotes: true, skip_empty_lines: true });
  const feeding = (async () => {
    for await (const piece of bytes) {
      if (!parser.write(piece)) await new Promise((resolve) => parser.once('drain', resolve));
    }
    parser.end();
  })().catch((error: unknown) => void parser.destroy(error as Error));
  for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: Info }>) {
    yield { record, line: info.lines };
  }
  await feeding;
}
