import { DataError } from '@tessera/core';
import { describe, expect, test } from 'vitest';
import { DataProblems } from '../check/dataProblems.js';
import { jsonlRows } from './jsonlRows.js';

async function* pieces(content: string | Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

async function read(content: string | Uint8Array, size = 1 << 16) {
  const problems = new DataProblems();
  const rows = [];
  for await (const row of jsonlRows(pieces(content, size), 'train.jsonl', problems)) rows.push(row);
  problems.throwIfAny();
  return rows;
}

const twoRows = [
  { number: 1, values: { text: 'grün 🌱' } },
  { number: 2, values: { text: 'b' } },
];

describe('jsonlRows', () => {
  test.each([
    ['line feeds', '{"text": "grün 🌱"}\n{"text": "b"}\n'],
    ['no line feed at the end', '{"text": "grün 🌱"}\n{"text": "b"}'],
    ['CRLF', '{"text": "grün 🌱"}\r\n{"text": "b"}\r\n'],
    ['a byte order mark', '\uFEFF{"text": "grün 🌱"}\n{"text": "b"}\n'],
  ])('reads rows with %s', async (_, content) => {
    expect(await read(content)).toEqual(twoRows);
  });

  test.each([1, 2, 3, 7, 19])('reads the same in pieces of %i bytes, in the middle of a character', async (size) => {
    expect(await read('\uFEFF{"text": "grün 🌱"}\r\n{"text": "b"}\n', size)).toEqual(twoRows);
  });

  test('passes over empty lines and counts them', async () => {
    const rows = await read('\n{"a": 1}\n  \r\n\n{"a": 2}\n\n');
    expect(rows.map(({ number }) => number)).toEqual([2, 5]);
  });

  test.each(['', '\n\n', '\uFEFF'])('finds no rows in %j', async (content) => {
    expect(await read(content)).toEqual([]);
  });

  test('names the row of malformed JSON and what the parser found', async () => {
    const found = read('{"a": 1}\n\n{"a": }\n');
    await expect(found).rejects.toThrow(DataError);
    await expect(found).rejects.toThrow(/^train\.jsonl, row 3: must be a JSON object, got malformed JSON: .*token/);
  });

  test('tells all faulty rows at once', async () => {
    await expect(read('{"a": 1\n{"a": 1}\nnull\n"text"\n')).rejects.toThrow(
      /^data: 3 problems:\n {2}train\.jsonl, row 1: [^]*\n {2}train\.jsonl, row 3: .*got null\.\n {2}train\.jsonl, row 4: .*got "text"\.\n/,
    );
  });

  test.each([
    ['a number', '17', 'got 17.'],
    ['a list', '[1, 2]', 'write each object on a line of its own'],
    ['the start of a JSON array', '[\n', 'write each object on a line of its own'],
    ['two byte order marks', '\uFEFF\uFEFF{"a": 1}', 'A byte order mark may stand once'],
    ['a byte order mark in the middle', '{"a": 1}\n\uFEFF{"a": 1}', 'train.jsonl, row 2'],
    ['a row cut short', '{"a": "b', 'row 1: must be a JSON object, got malformed JSON'],
  ])('refuses %s', async (_, content, message) => {
    await expect(read(content)).rejects.toThrow(message);
  });

  test('refuses bytes that are not UTF-8 and names the row', async () => {
    const latin1 = Buffer.from('{"a": "b"}\n{"a": "gr\xFCn"}\n', 'latin1');
    await expect(read(latin1)).rejects.toThrow('train.jsonl, row 2: must be UTF-8');
    await expect(read(Buffer.from('\uFEFF{"a": 1}\n', 'utf16le'))).rejects.toThrow('train.jsonl, row 1: must be UTF-8');
  });

  test('reads a row of some megabytes and refuses one above 64 MiB', async () => {
    const long = JSON.stringify({ text: 'x'.repeat(3_000_000) });
    expect((await read(`${long}\n${long}\n`))[1]?.number).toBe(2);
    const endless = async function* () {
      for (;;) yield new Uint8Array(1 << 20).fill(120);
    };
    const rows = jsonlRows(endless(), 'train.jsonl', new DataProblems());
    await expect(rows.next()).rejects.toThrow('train.jsonl, row 1: a row must be at most 64 MiB');
  });
});
