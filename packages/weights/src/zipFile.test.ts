import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { zipOf } from '../../../test/zipOf.js';
import { ZipFile, writeZip, type NewMember } from './node.js';

let folder: string;
const at = (name: string): string => join(folder, name);
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'tessera-zip-'))));
afterAll(() => rmSync(folder, { recursive: true }));

const kind = { name: 'a test', advice: 'Write it anew.' };
const member = (name: string, text: string): NewMember => {
  const bytes = Buffer.from(text);
  return { name, size: bytes.length, chunks: () => [bytes.subarray(0, 2), bytes.subarray(2)] };
};
const members = [member('a.txt', 'first'), member('folder/ü.txt', 'sécond'), member('empty', '')];

describe('a zip file', () => {
  it.each([
    ['32 bits', {}],
    ['64 bits', { longFrom: 0 }],
  ])('is read as it was written, with numbers of %s', (_, options) => {
    writeZip(at('a.zip'), members, options);
    const file = new ZipFile(at('a.zip'), kind);
    expect(file.names).toEqual(['a.txt', 'folder/ü.txt', 'empty']);
    expect(file.names.map((name) => file.readText(name))).toEqual(['first', 'sécond', '']);
    expect(file.readText('none')).toBeUndefined();
    expect((file.section('folder/ü.txt')?.start ?? 1) % 64).toBe(0);
    file.close();
  });

  it('has the same bytes for the same members', () => {
    writeZip(at('a.zip'), members);
    writeZip(at('b.zip'), members);
    expect(readFileSync(at('a.zip')).equals(readFileSync(at('b.zip')))).toBe(true);
  });

  it('refuses to write content of another size than it was told', () => {
    const wrong = { ...member('a.txt', 'first'), size: 4 };
    expect(() => writeZip(at('c.zip'), [wrong])).toThrow('a.txt: must have 4 bytes, got 5.');
  });
});

describe('a hostile or damaged zip file', () => {
  const open = (bytes: Uint8Array): ZipFile => {
    writeFileSync(at('bad.zip'), bytes);
    return new ZipFile(at('bad.zip'), kind);
  };
  const whole = (): Buffer => {
    writeZip(at('a.zip'), members);
    return readFileSync(at('a.zip'));
  };

  it('is refused at whatever place it was cut short', () => {
    const bytes = whole();
    for (let length = 0; length < bytes.length; length++)
      expect(() => open(bytes.subarray(0, length)), `${length} bytes`).toThrow(/damaged|cut short/);
  });

  it('is refused when a member says that it has more bytes than the file', () => {
    const bytes = whole();
    const entry = bytes.indexOf('PK\x01\x02', 0, 'latin1');
    for (const size of [1 << 20, 0xfffffffe]) {
      bytes.writeUInt32LE(size, entry + 24);
      expect(() => open(bytes)).toThrow(/damaged/);
    }
  });

  it('is refused when its members share bytes', () => {
    const bytes = whole();
    const first = bytes.indexOf('PK\x01\x02', 0, 'latin1');
    const second = bytes.indexOf('PK\x01\x02', first + 4, 'latin1');
    bytes.copy(bytes, second + 42, first + 42, first + 46);
    expect(() => open(bytes)).toThrow(/damaged/);
  });

  it('is refused when two members have one name', () => {
    const bytes = Buffer.from(zipOf({ 'a.txt': Buffer.from('1'), 'b.txt': Buffer.from('2') }));
    expect(() => open(Buffer.from(bytes.toString('latin1').replaceAll('b.txt', 'a.txt'), 'latin1'))).toThrow(/damaged/);
  });

  it('is refused when its members are compressed, with what to do', () => {
    expect(() => open(zipOf({ 'a.txt': Buffer.from('1') }, { method: 8 }))).toThrow(
      'members of a test must be stored as they are, got "a.txt" compressed. Write it anew.',
    );
  });

  it('is refused where a text’s checksum is another, or it is no UTF-8', () => {
    const bytes = whole();
    bytes[bytes.indexOf('first')] = 70;
    const file = open(bytes);
    expect(() => file.readText('a.txt')).toThrow(/damaged/);
    expect(() => file.verify('a.txt')).toThrow(/damaged/);
    expect(() => file.verify('b.txt')).not.toThrow();
    file.close();
    writeZip(at('d.zip'), [{ name: 'a', size: 1, chunks: () => [Uint8Array.of(255)] }]);
    const other = new ZipFile(at('d.zip'), kind);
    expect(() => other.readText('a')).toThrow(/a must be UTF-8 text/);
    other.close();
  });
});
