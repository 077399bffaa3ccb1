import { DataError } from '@tessera/core';
import { describe, expect, it } from 'vitest';
import { readPlainPickle } from './pickle.js';

/** Bytes of a pickle as `pickletools.dis` shows them, escapes as in Python. */
const read = (latin: string): unknown => readPlainPickle(Buffer.from(latin, 'latin1'));

describe('a pickle of plain values', () => {
  it.each([
    ['protocol 2', '\x80\x02}q\x00(K\x01X\x01\x00\x00\x00aq\x01K\x02X\x02\x00\x00\x00\xc3\xa9q\x02u.'],
    ['protocol 4', '\x80\x04\x95\x12\x00\x00\x00\x00\x00\x00\x00}\x94(K\x01\x8c\x01a\x94K\x02\x8c\x02\xc3\xa9\x94u.'],
  ])('gives a dictionary of %s as a Map', (_, bytes) => {
    expect(read(bytes)).toEqual(new Map([[1, 'a'], [2, 'é']])); // prettier-ignore
  });

  it('gives numbers of every form, lists, tuples and constants', () => {
    const real = '\x3f\xf8\x00\x00\x00\x00\x00\x00'; // 1.5
    expect(read(`\x80\x02](M\x01\x01J\xfe\xff\xff\xff\x8a\x02\xff\x7fG${real}NK\x05\x88\x86e.`)).toEqual([
      257,
      -2,
      32767,
      1.5,
      null,
      [5, true],
    ]);
  });

  it('repeats what was remembered', () => {
    expect(read('\x80\x02]q\x00(X\x01\x00\x00\x00aq\x01h\x01e.')).toEqual(['a', 'a']);
  });

  it('gives texts of Python 2 byte by byte', () => {
    expect(read('\x80\x02U\x02\xe9\x85.')).toBe('\xe9\x85');
  });
});

describe('a pickle that wants more', () => {
  it.each([
    ['os.system', '\x80\x02cos\nsystem\nX\x04\x00\x00\x00true\x85R.'],
    ['builtins.eval', '\x80\x04\x8c\x08builtins\x8c\x04eval\x93\x8c\x011\x85R.'],
    ['posix.system', "cposix\nsystem\n(S'true'\ntR."],
  ])('is refused by name: %s', (name, bytes) => {
    expect(() => read(bytes)).toThrow(DataError);
    expect(() => read(bytes)).toThrow(new RegExp(`got ${name.replace('.', '\\.')}, which would be run`));
  });

  it.each([
    ['attributes for what has none', '\x80\x02]}b.', /plain values, got attributes of an object/],
    ['a value kept elsewhere', '\x80\x02K\x01Q.', /plain values, got the operation 0x51/],
    ['an operation nobody needs', '\x80\x02\x81.', /plain values, got the operation/],
    ['a file cut short', '\x80\x02X\xff\x00\x00\x00abc', /must be whole/],
    ['a number without measure', `\x80\x02\x8b\0\0\x10\0${'\x7f'.repeat(1 << 20)}.`, /a number of too many bytes/],
    ['no end', '\x80\x02K\x01', /must be whole/],
    ['an operation without its values', '\x80\x02\x86.', /without its values/],
    ['items for what has none', '\x80\x02K\x01K\x02a.', /an end or a fault at byte/],
    ['nothing', '', /must be whole/],
  ])('or is damaged: %s', (_, bytes, message) => {
    expect(() => read(bytes)).toThrow(DataError);
    expect(() => read(bytes)).toThrow(message);
  });
});
