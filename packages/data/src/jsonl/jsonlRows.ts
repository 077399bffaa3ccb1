// Reads JSON Lines in one pass over the bytes: rows may be long, files may be large, and a fault names its row.
import { TextDecoder } from 'node:util';
import { DataError, showValue } from '@tessera/core';
import type { DataProblems } from '../check/dataProblems.js';
import type { TableRow } from '../table/sampleReader.js';

const lineFeed = 10;
const byteOrderMark = '\uFEFF';
/** A longer row is a file of another format, or data that belongs in files of its own. */
const maxRowBytes = 64 * 1024 * 1024;

/**
 * The objects of a JSON Lines file with their line numbers. Empty lines are passed over, CRLF and one byte order mark at
 * the start are allowed.
 * @throws DataError for bytes that are not UTF-8 and for a row above 64 MiB; other faults go to `problems`.
 */
export async function* jsonlRows(
  bytes: AsyncIterable<Uint8Array>,
  origin: string,
  problems: Pick<DataProblems, 'add'>,
): AsyncGenerator<TableRow, void, undefined> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let number = 0;
  for await (const line of splitLines(bytes, () => `${origin}, row ${number + 1}`)) {
    number += 1;
    const where = `${origin}, row ${number}`;
    const text = decodeLine(decoder, line, where);
    const values = parseRow(number === 1 && text.startsWith(byteOrderMark) ? text.slice(1) : text, where, problems);
    if (values) yield { number, values };
  }
}

/** Lines as bytes, without their line feeds. */
async function* splitLines(
  bytes: AsyncIterable<Uint8Array>,
  where: () => string,
): AsyncGenerator<Uint8Array, void, undefined> {
  let pending: Uint8Array[] = [];
  let pendingBytes = 0;
  for await (const chunk of bytes) {
    let start = 0;
    for (let end = chunk.indexOf(lineFeed); end >= 0; end = chunk.indexOf(lineFeed, start)) {
      const tail = chunk.subarray(start, end);
      yield pendingBytes > 0 ? Buffer.concat([...pending, tail]) : tail;
      pending = [];
      pendingBytes = 0;
      start = end + 1;
    }
    if (start === chunk.length) continue;
    pending.push(chunk.subarray(start));
    pendingBytes += chunk.length - start;
    if (pendingBytes > maxRowBytes) {
      throw new DataError(
        `${where()}: a row must be at most 64 MiB, got more. Write one JSON object on each line, and large inputs to files.`,
      );
    }
  }
  if (pendingBytes > 0) yield Buffer.concat(pending);
}

function decodeLine(decoder: TextDecoder, line: Uint8Array, where: string): string {
  try {
    return decoder.decode(line);
  } catch (cause) {
    throw new DataError(`${where}: must be UTF-8, got other bytes. Save the file as UTF-8.`, { cause });
  }
}

function parseRow(text: string, where: string, problems: Pick<DataProblems, 'add'>): TableRow['values'] | undefined {
  if (text.trim() === '') return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    problems.add(`must be a JSON object, got malformed JSON: ${(cause as Error).message}`, {
      where,
      advice: adviceFor(text),
      cause,
    });
    return undefined;
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as TableRow['values'];
  problems.add(`must be a JSON object, got ${showValue(value)}`, { where, advice: adviceFor(text) });
  return undefined;
}

function adviceFor(text: string): string {
  if (text.startsWith(byteOrderMark)) return 'A byte order mark may stand once, at the start of the file. Remove it.';
  if (text.startsWith('[')) return 'A JSON array is no JSON Lines file: write each object on a line of its own.';
  return 'Write one JSON object on each line.';
}
