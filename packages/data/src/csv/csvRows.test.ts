import { DataError } from '@tessera/core';
import { describe, expect, test } from 'vitest';
import { DataProblems } from '../check/dataProblems.js';
import { csvRows, type CellRules } from './csvRows.js';

async function read(content: string | Uint8Array, rules: Partial<CellRules> = {}) {
  const problems = new DataProblems();
  const bytes = Buffer.from(content as string);
  const chunks = (async function* () {
    for (let start = 0; start < bytes.length; start += 5) yield bytes.subarray(start, start + 5);
  })();
  const rows = [];
  const all = { delimiter: ',', numbers: [], separators: new Map<string, string>(), ...rules };
  for await (const row of csvRows(chunks, 'a.csv', problems, all)) rows.push(row);
  problems.throwIfAny();
  return rows;
}

describe('csvRows', () => {
  test('reads CRLF, a byte order mark, quotes, and counts rows as a spreadsheet does', async () => {
    expect(await read('\uFEFFtext,label\r\n"a, ""b""",x\r\n\r\n"two\r\nlines",grün\r\n')).toEqual([
      { number: 2, values: { text: 'a, "b"', label: 'x' } },
      { number: 4, values: { text: 'two\r\nlines', label: 'grün' } },
    ]);
  });

  test('reads other delimiters', async () => {
    expect(await read('a\tb\n1\t2\n', { delimiter: '\t' })).toEqual([{ number: 2, values: { a: '1', b: '2' } }]);
  });

  test('leaves cells as text, but those of columns of numbers', async () => {
    const rows = await read('a,b\n01,1e-3\n1,\n', { numbers: ['b'] });
    expect(rows.map(({ values }) => values)).toEqual([
      { a: '01', b: 0.001 },
      { a: '1', b: null },
    ]);
  });

  test('splits lists; an empty cell is an empty list', async () => {
    const rows = await read('a,genres\n,Drama | Crime|\nx,\n', { separators: new Map([['genres', '|']]) });
    expect(rows.map(({ values }) => values)).toEqual([
      { a: null, genres: ['Drama', 'Crime'] },
      { a: 'x', genres: [] },
    ]);
  });

  test.each(['', '\n', 'a,b\n'])('finds no rows in %j', async (content) => {
    expect(await read(content)).toEqual([]);
  });

  test.each([
    ['a quote that is not closed', 'a,b\n1,"2\n3,4\n', /^a\.csv, row 2: must have balanced quotes.*not closed/i],
    ['text after a closing quote', 'a,b\n1,2\n1,"x"2\n', /^a\.csv, row 3: must have balanced quotes/],
    ['a column that is there twice', 'a,b,a\n1,2,3\n', /^a\.csv, row 1: a column's name may stand once, got "a" twice/],
    ['two byte order marks', '\uFEFF\uFEFFa,b\n1,2\n', /^a\.csv, row 1: a byte order mark may stand once/],
    [
      'rows of another length',
      'a,b\n1\n1,2\n1,2,3\n',
      /2 problems:\n {2}a\.csv, row 2: must have 2 cells.*got 1\.\n {2}a\.csv, row 4: .*got 3\./,
    ],
  ])('refuses %s', async (_, content, message) => {
    const found = read(content);
    await expect(found).rejects.toThrow(DataError);
    await expect(found).rejects.toThrow(message);
  });

  test('names row and field of a cell that is no number', async () => {
    const rules = { numbers: ['price'] };
    await expect(read('price\n1.5\ncheap\n', rules)).rejects.toThrow(
      'a.csv, row 3, field "price": must be a number, got "cheap". Correct the cell',
    );
    await expect(read('price\nInfinity\n', rules)).rejects.toThrow('got "Infinity"');
  });

  test('says which columns there are when the spec names another', async () => {
    await expect(read('prize,b\n1,2\n', { numbers: ['price'] })).rejects.toThrow(
      'a.csv, row 1: must have the column "price" that the spec names, got none. Known: prize, b. Did you mean "prize"?',
    );
  });

  test('refuses bytes that are not UTF-8', async () => {
    await expect(read(Buffer.from('a\ngr\xFCn\n', 'latin1'))).rejects.toThrow('a.csv: must be UTF-8');
  });

  test('passes errors of the source on', async () => {
    const failing = (async function* () {
      yield Buffer.from('a,b\n1,2\n');
      throw new DataError('the disk is gone');
    })();
    const rules = { delimiter: ',', numbers: [], separators: new Map<string, string>() };
    const all = async () => {
      for await (const { number } of csvRows(failing, 'a.csv', new DataProblems(), rules)) expect(number).toBe(2);
    };
    await expect(all()).rejects.toThrow('the disk is gone');
  });
});
