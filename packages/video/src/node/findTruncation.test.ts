import { describe, expect, it } from 'vitest';
import { requireWhole } from './findTruncation.js';
import { openVideo } from './videoSource.js';

const text = (word: string): number[] => Array.from(word, (letter) => letter.charCodeAt(0));
const number = (value: number, bytes = 4): number[] =>
  Array.from({ length: bytes }, (_, i) => Math.floor(value / 256 ** (bytes - 1 - i)) % 256);
const filled = (count: number): number[] => new Array<number>(count).fill(7);

const riff = (size = 44): number[] => [...text('RIFF'), ...number(size).toReversed(), ...text('AVI '), ...filled(40)];
const box = (name: string, size: number): number[] => [...number(size), ...text(name), ...filled(size - 8)];
/** Of a segment of 40 bytes, its length as given. */
const matroska = (length: readonly number[]): number[] => {
  const header = [0x1a, 0x45, 0xdf, 0xa3, 0x84, ...filled(4)];
  return [...header, 0x18, 0x53, 0x80, 0x67, ...length, ...filled(40)];
};
const check = async (bytes: number[]): Promise<void> => requireWhole(await openVideo(Uint8Array.from(bytes)));

describe.each([
  ['RIFF', riff()],
  ['MP4', [...box('ftyp', 16), ...box('moov', 20), ...box('mdat', 60)]],
  [
    'MP4 with a size of 64 bits',
    [...box('ftyp', 16), ...number(1), ...text('mdat'), ...number(50, 8), ...filled(34), ...box('moov', 20)],
  ],
  ['Matroska', matroska([0x80 | 40])],
  ['Matroska with a length of 8 bytes', matroska([1, ...number(40, 7)])],
])('a container of %s', (_, whole) => {
  it('passes when it has the bytes that it says, or more', async () => {
    await expect(check(whole)).resolves.toBeUndefined();
    await expect(check([...whole, ...filled(30)])).resolves.toBeUndefined();
  });

  it('is refused with fewer', async () => {
    const cut = whole.slice(0, -1);
    await expect(check(cut)).rejects.toThrow(`it should have ${whole.length} bytes and has ${cut.length}`);
  });
});

describe('a container that does not tell its end', () => {
  it.each([
    ['a RIFF size that was never written', riff(0)],
    ['a RIFF size of a stream', riff(0xffffffff)],
    ['a segment of unknown length', matroska([0xff])],
    ['a segment of unknown length, 8 bytes', matroska([1, ...new Array<number>(7).fill(0xff)])],
    ['a last box that goes on to the end', [...box('ftyp', 16), ...number(0), ...text('mdat'), ...filled(9)]],
    ['another format', filled(80)],
    ['a few bytes', [0x1a, 0x45, 0xdf]],
  ])('passes: %s', async (_, bytes) => {
    await expect(check(bytes)).resolves.toBeUndefined();
  });
});
