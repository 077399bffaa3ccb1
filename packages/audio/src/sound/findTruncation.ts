// Decoders play a file that was cut short as far as it goes and say nothing. Where a format tells how long it is, that is
// compared here.
import { flacHeaderLength } from './flacInfo.js';
import { audioStart, type SoundFormat } from './soundFormat.js';

/** Why a compressed file must have been cut short, or undefined where nothing says so. */
export function findTruncation(bytes: Uint8Array, format: SoundFormat): string | undefined {
  if (format === 'mp3') return mp3Truncation(bytes.subarray(audioStart(bytes)));
  if (format === 'flac' && bytes.length - audioStart(bytes) < flacHeaderLength) return 'its header is not complete';
  if (format.startsWith('ogg') && !endsStream(bytes)) return 'the last page is missing';
  return undefined;
}

const find = (bytes: Uint8Array, word: string, from: number, to: number): number => {
  const codes = Array.from(word, (letter) => letter.charCodeAt(0));
  for (let at = from; at < Math.min(to, bytes.length - codes.length); at++) {
    if (codes.every((code, i) => bytes[at + i] === code)) return at;
  }
  return -1;
};

function mp3Truncation(bytes: Uint8Array): string | undefined {
  const claimed = claimedBytes(bytes) ?? 0;
  return claimed > bytes.length ? `it should have ${claimed} bytes and has ${bytes.length}` : undefined;
}

/** The frames of an MP3 file: without the tag before them, and what comes after them where the file says how long it is. */
export function mp3Bytes(bytes: Uint8Array): Uint8Array {
  const audio = bytes.subarray(audioStart(bytes));
  return audio.subarray(0, claimedBytes(audio));
}

/**
 * Encoders put the number of bytes into the first frame, behind its side information: `Xing` or `Info`, flags, then
 * frames and bytes where the flags say so. Undefined for a file without.
 */
function claimedBytes(bytes: Uint8Array): number | undefined {
  const at = Math.max(find(bytes, 'Xing', 4, 44), find(bytes, 'Info', 4, 44));
  if (at < 0 || at + 16 > bytes.length) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const flags = view.getUint32(at + 4);
  if ((flags & 2) === 0) return undefined;
  return view.getUint32(at + (flags & 1 ? 12 : 8)) || undefined;
}

/** Whether the last complete page of an Ogg file says that the stream ends. */
function endsStream(bytes: Uint8Array): boolean {
  let last = -1;
  for (let at = 0; at >= 0 && at + 27 <= bytes.length;) {
    const segments = bytes[at + 26] ?? 0;
    const sizes = bytes.subarray(at + 27, at + 27 + segments);
    const end = at + 27 + segments + sizes.reduce((sum, size) => sum + size, 0);
    if (end > bytes.length) return false;
    last = at;
    at = find(bytes, 'OggS', end, end + 65_536);
  }
  return last >= 0 && ((bytes[last + 5] ?? 0) & 4) !== 0;
}
