// Reads CSV in one pass (csv-parse does the quoting rules). Rows are counted as a spreadsheet does: the header is row 1.
import { Readable, pipeline } from 'node:stream';
import { TextDecoder } from 'node:util';
import { DataError, showValue, suggestName } from '@tessera/core';
import { CsvError, parse, type Info } from 'csv-parse';
import type { DataProblems } from '../check/dataProblems.js';
import type { TableRow } from '../table/sampleReader.js';

/** How cells become values. */
export interface CellRules {
  /** What stands between the cells of a row. */
  readonly delimiter: string;
  /** Columns whose cells are numbers. */
  readonly numbers: readonly string[];
  /** By column: what stands between the entries of a list. */
  readonly separators: ReadonlyMap<string, string>;
}

/**
 * The rows of a CSV file with a header. An empty cell is null, or an empty list in a column of lists. CRLF and one byte
 * order mark are allowed, empty lines passed over.
 * @throws DataError for bytes that are not UTF-8, a faulty header and unbalanced quotes; other faults go to `problems`.
 */
export async function* csvRows(
  bytes: AsyncIterable<Uint8Array>,
  origin: string,
  problems: DataProblems,
  rules: CellRules,
): AsyncGenerator<TableRow, void, undefined> {
  const parser = parse({
    bom: true,
    delimiter: rules.delimiter,
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
  });
  // Errors reach the loop below: a pipeline destroys the parser with them.
  pipeline(Readable.from(decode(bytes, origin)), parser, () => undefined);
  let header: readonly string[] | undefined;
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: Info }>) {
      const number = rowNumber(info);
      if (!header) {
        header = checkHeader(record, origin, rules);
        continue;
      }
      const values = readCells(record, header, rules, { where: `${origin}, row ${number}`, problems });
      if (values) yield { number, values };
    }
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    throw new DataError(
      `${origin}, row ${rowNumber(parser.info) + 1}: must have balanced quotes, got a faulty row (${cause.message}). ` +
        'Put a cell that holds quotes or delimiters in quotes, and write each quote in it twice.',
      { cause },
    );
  }
}

const rowNumber = (info: Info): number => info.records + info.empty_lines;

async function* decode(bytes: AsyncIterable<Uint8Array>, origin: string): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  for await (const chunk of bytes) yield decodeOr(origin, () => decoder.decode(chunk, { stream: true }));
  yield decodeOr(origin, () => decoder.decode());
}

function decodeOr(origin: string, decodeChunk: () => string): string {
  try {
    return decodeChunk();
  } catch (cause) {
    throw new DataError(`${origin}: must be UTF-8, got other bytes. Save the file as UTF-8.`, { cause });
  }
}

function checkHeader(header: readonly string[], origin: string, { numbers, separators }: CellRules): readonly string[] {
  const where = `${origin}, row 1`;
  const twice = header.find((name, index) => header.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new DataError(`${where}: a column's name may stand once, got "${twice}" twice. Rename one of them.`);
  }
  if (header[0]?.startsWith('\uFEFF')) {
    throw new DataError(`${where}: a byte order mark may stand once, got two. Remove one of them.`);
  }
  const unknown = [...numbers, ...separators.keys()].find((name) => !header.includes(name));
  if (unknown !== undefined) {
    throw new DataError(
      `${where}: must have the column "${unknown}" that the spec names, got none. ${suggestName(unknown, header)}`,
    );
  }
  return header;
}

interface Place {
  /** `labels.csv, row 3` */
  readonly where: string;
  readonly problems: DataProblems;
}

function readCells(
  record: readonly string[],
  header: readonly string[],
  rules: CellRules,
  place: Place,
): Record<string, unknown> | undefined {
  const { where, problems } = place;
  if (record.length !== header.length) {
    problems.add(`${where}: must have ${header.length} cells as the header has, got ${record.length}`, {
      advice: 'Put a cell that holds the delimiter in quotes, or set data.delimiter.',
    });
    return undefined;
  }
  const faults = problems.count;
  const values = Object.fromEntries(
    header.map((column, index): [string, unknown] => {
      const convert = rules.numbers.includes(column) ? (text: string) => toNumber(text, column, place) : asText;
      return [column, readCell(record[index] ?? '', rules.separators.get(column), convert)];
    }),
  );
  return problems.count > faults ? undefined : values;
}

function readCell(cell: string, separator: string | undefined, convert: (text: string) => unknown): unknown {
  if (separator !== undefined) return splitList(cell, separator).map(convert);
  return cell === '' ? null : convert(cell);
}

const asText = (text: string): string => text;

function toNumber(text: string, column: string, { where, problems }: Place): number {
  const value = text.trim() === '' ? NaN : Number(text);
  if (!Number.isFinite(value)) {
    problems.add(`${where}, field "${column}": must be a number, got ${showValue(text)}`, {
      advice: `Correct the cell, or take "${column}" out of data.numbers.`,
    });
  }
  return value;
}

const splitList = (cell: string, separator: string): string[] =>
  cell
    .split(separator)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
