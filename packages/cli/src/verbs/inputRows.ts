import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { DataError, suggestName } from '@tessera/core';

/** A line of JSON to predict. */
export interface InputRow {
  /** File and row, for messages. */
  readonly origin: string;
  /**
   * The row's values for the modalities and its `id`, which predictions repeat; other keys are left out.
   * @throws DataError when it is no JSON object, or has none of the modalities.
   */
  read(modalities: Iterable<string>): { readonly id?: unknown; readonly inputs: Record<string, unknown> };
}

/** Reads the lines of a file, or of the standard input for `-`; empty ones are left out but count. */
export async function* readRows(input: string, stdin: Readable): AsyncGenerator<InputRow> {
  const source = input === '-' ? stdin : createReadStream(input);
  const name = input === '-' ? 'standard input' : input;
  let number = 0;
  // Not every error of reading names its file.
  source.on('error', (error: Error) => Object.assign(error, { path: name }));
  for await (const text of linesOf(source)) {
    number += 1;
    if (text.trim() !== '') yield inputRow(`${name}, row ${number}`, text);
  }
}

/** Lines of a stream; unlike readline it passes the stream's errors on to whoever reads. */
async function* linesOf(source: Readable): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of source) {
    rest += typeof chunk === 'string' ? chunk : decoder.decode(chunk as Uint8Array, { stream: true });
    const lines = rest.split(/\r?\n/);
    rest = lines.pop() ?? '';
    yield* lines;
  }
  yield rest + decoder.decode();
}

const inputRow = (origin: string, text: string): InputRow => ({
  origin,
  read: (modalities) => {
    const row = parseRow(origin, text);
    const known = [...modalities];
    const inputs = Object.fromEntries(known.filter((name) => name in row).map((name) => [name, row[name]]));
    if (Object.keys(inputs).length > 0) return { id: row['id'], inputs };
    const keys = Object.keys(row);
    const rule = `${origin}: must have a key for a modality of the run (${known.join(', ')})`;
    throw new DataError(
      `${rule}, got ${keys.length ? `the keys ${keys.join(', ')}. ${suggestName(keys[0] ?? '', known)}` : 'no keys.'}`,
    );
  },
});

function parseRow(origin: string, text: string): Readonly<Record<string, unknown>> {
  let row: unknown;
  let reason = '';
  try {
    row = JSON.parse(text);
  } catch (error) {
    reason = ` ${(error as Error).message}.`;
  }
  if (typeof row === 'object' && row !== null && !Array.isArray(row)) return row as Record<string, unknown>;
  throw new DataError(`${origin}: must be a JSON object, got ${text.trim().slice(0, 60)}.${reason}`);
}
