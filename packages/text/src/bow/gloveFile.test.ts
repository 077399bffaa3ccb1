import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { SpecError } from '@tessera/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { selectGlove } from './gloveFile.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tessera-glove-'));
});
afterAll(() => rm(folder, { recursive: true }));

const wanted = ['cat', 'dog', 'été', '. .', '5'];

const read = async (
  content: string | Uint8Array,
  dimension = 2,
  words: readonly string[] = wanted,
): Promise<string[]> => {
  await writeFile(path.join(folder, 'glove.txt'), content);
  const named = { file: 'glove.txt', baseFolder: folder, option: 'modalities.text.glove' };
  return selectGlove(named, { words: new Set(words), dimension, path: 'modalities.text' });
};

const failure = async (...input: Parameters<typeof read>): Promise<string> => {
  const error: unknown = await read(...input).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(SpecError);
  return (error as SpecError).message;
};

describe('a whole GloVe file', () => {
  it('gives the lines of the words that are wanted, in the order of the file', async () => {
    expect(await read('the 1 2\ndog -3.5 4e-2\nof 5 6\ncat .5 +1E+3\n')).toEqual(['dog -3.5 4e-2', 'cat .5 +1E+3']);
  });

  it('takes lines that end as Windows writes them, or in a space as fastText does', async () => {
    expect(await read('dog 1 2\r\ncat 3 4 \n')).toEqual(['dog 1 2', 'cat 3 4']);
  });

  it('takes a byte order mark for none of the first word', async () => {
    expect(await read('\uFEFFdog 1 2\n')).toEqual(['dog 1 2']);
  });

  it('knows words that hold spaces, numbers or what other readers take for line ends', async () => {
    const text = '. . 0.1 0.2\n5 1 2\nat name@domain.com 3 4\n1.5 5 6\na\u2028b\u0085c\r 7 8\n\u00A0 9 10\n';
    expect(await read(text, 2, [...wanted, 'at name@domain.com', '1.5', 'a\u2028b\u0085c\r', '\u00A0'])).toEqual(
      text.trimEnd().split('\n'),
    );
  });

  it('keeps the first of several lines for one word', async () => {
    expect(await read('dog 1 2\ncat 3 4\ndog 5 6\n')).toEqual(['dog 1 2', 'cat 3 4']);
  });

  it('tells how far it is in a large file, and nothing of a small one', async () => {
    const told: [number, number][] = [];
    const onProgress = (done: number, total: number): void => void told.push([done, total]);
    const named = { file: 'glove.txt', baseFolder: folder, option: 'modalities.text.glove' };
    const request = { words: new Set(wanted), dimension: 2, path: 'modalities.text', onProgress };
    await writeFile(path.join(folder, 'glove.txt'), 'dog 1 2\n');
    await selectGlove(named, request);
    expect(told).toEqual([]);
    const text = `dog 1 2\n${`${'w'.repeat(1 << 20)} 1 2\n`.repeat(64)}`;
    await writeFile(path.join(folder, 'glove.txt'), text);
    expect(await selectGlove(named, request)).toEqual(['dog 1 2']);
    expect(told.length).toBeGreaterThan(50);
    expect(told.at(-1)).toEqual([text.length, text.length]);
  });

  it('leaves out the header of word2vec, and takes one for a word where vectors have one number', async () => {
    expect(await read('2 2\ndog 1 2\ncat 3 4\n')).toEqual(['dog 1 2', 'cat 3 4']);
    expect(await read('5 2\ndog 1\n', 1)).toEqual(['5 2', 'dog 1']);
  });

  it('reads files longer than one piece of a stream, with characters across its borders', async () => {
    const rows = Array.from({ length: 20_000 }, (_, i) => `été${i} ${i} ${i}`);
    const words = rows.map((row) => row.split(' ')[0] ?? '');
    expect(await read(`${rows.join('\n')}\n`, 2, words)).toEqual(rows);
  });
});

describe('a damaged GloVe file', () => {
  // Each message names the option, the file and the line, and says what to do.
  const faults: Readonly<Record<string, readonly [content: string, message: RegExp]>> = {
    'cut within the numbers of its last line': ['cat 1 2\ndog 3', /line 2, the last.* Download it again/],
    'cut within its last number': ['cat 1.25 2.25\ndog 3.25 4.2', /line 2, the last.* Download it again/],
    'cut within a word': ['cat 1 2\ndo', /line 2, the last/],
    'cut within its first line': ['cat 1 2', /line 1, the last/],
    'with too few numbers in a line': [
      'cat 1 2\ndog 3\nof 4 5\n',
      /and 2 numbers.*numbers=1 in line 2, "dog 3"\. Mend/,
    ],
    'with too few numbers for a word nobody wants': ['cat 1 2\nof 3\n', /numbers=1 in line 2, "of 3"/],
    'with too many numbers in a line': ['cat 1 2\ndog 3.5 4.5 5.5\n', /numbers=3 in line 2/],
    'with two lines run together': ['cat 1 2\nof 0.3 0.4dog 0.5 0.6\n', /numbers=3 in line 2/],
    'with an empty line': ['cat 1 2\n\ndog 3 4\n', /numbers=0 in line 2, ""/],
    'with a word for a number': ['cat 1 2\ndog 3 x4\n', /number="x4" in line 2/],
    'with a word for a number of a word nobody wants': ['cat 1 2\nof nan 4\n', /number="nan" in line 2/],
    'with an infinite number': ['cat 1 2\ndog 3 1e39\n', /number="1e39" in line 2/],
    'with half a number': ['cat 1 2\ndog - 4\n', /number="-" in line 2/],
    'with tabs for spaces': ['cat\t1\t2\n', /numbers=0 in line 1/],
    'that is a web page': ['<!DOCTYPE html>\n<html>\n', /numbers=0 in line 1, "<!DOCTYPE html>"/],
    'with fewer words than its header says': ['3 2\ncat 1 2\ndog 3 4\n', /the 3 words.*got 2 up to line 3, the last/],
    'without anything in it': ['', /got an empty file\. Download it again/],
    'without a word that is known': ['of 1 2\n', /none of the vocabulary's 5\. Check lowercase/],
  };
  it.each(Object.entries(faults))('%s', async (_, [content, message]) => {
    const told = await failure(content);
    expect(told).toMatch(/^modalities\.text\.glove: GloVe file "glove\.txt" must /);
    expect(told).toMatch(message);
    expect(told.split('\n')).toHaveLength(1);
  });

  it('of one endless line is found out in a single pass', async () => {
    expect(await failure('[1.5, '.repeat(500_000))).toContain('none after line 1, the last');
  });

  it('shows the beginning of a long line only', async () => {
    expect(await failure(`${'of '.repeat(2000)}\n`)).toContain('"of of of of of of of of of of of of of o…"');
  });
});

describe('a file that is not what the spec says', () => {
  it('has vectors of another width, which is named', async () => {
    expect(await failure('cat 1 2 3\n')).toBe(
      'modalities.text.dimension: must be that of the GloVe file, got dimension=2, and "glove.txt" has 3. Use 3.',
    );
    expect(await failure('1 300\ncat 1 2\n')).toContain('"glove.txt" has 300. Use 300.');
  });

  it('is packed', async () => {
    expect(await failure(gzipSync('cat 1 2\n'))).toBe(
      'modalities.text.glove: must be UTF-8 text, got "glove.txt", which is packed (gzip). Unpack it and name the text file in it.',
    );
    expect(await failure('PK\u0003\u0004\u0014\0glove.txt')).toContain('which is packed (ZIP). Unpack it');
  });

  it('is no text', async () => {
    expect(await failure(Buffer.from('cat 1 2\n', 'utf16le'))).toMatch(
      /UTF-8 text.*Check the path, or save it as UTF-8/,
    );
  });

  it('is a folder, or is missing', async () => {
    const select = (file: string) =>
      selectGlove(
        { file, baseFolder: folder, option: 'modalities.text.glove' },
        { words: new Set(wanted), dimension: 2, path: 'modalities.text' },
      );
    await expect(select('.')).rejects.toThrow(/glove: must be a readable file, got "\." \(EISDIR.*It is a folder/);
    await expect(select('none.txt')).rejects.toThrow(/got "none\.txt" \(ENOENT.*Check the path/);
  });
});
