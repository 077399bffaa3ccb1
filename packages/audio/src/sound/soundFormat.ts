// Which format bytes are of, by how they begin.
import { DataError } from '@tessera/core';

/** A format that can be decoded. */
export type SoundFormat = 'wav' | 'flac' | 'mp3' | 'ogg vorbis' | 'ogg opus' | 'ogg flac';

const text = (bytes: Uint8Array, from: number, length: number): string =>
  String.fromCharCode(...bytes.subarray(from, from + length));

/** The format of a sound by its first bytes. Throws DataError for anything else; `name` is for the message. */
export function recogniseSound(head: Uint8Array, name: string): SoundFormat {
  const format = formatOf(head);
  if (format) return format;
  throw unrecognised(head, name);
}

function formatOf(head: Uint8Array): SoundFormat | undefined {
  const start = text(head, 0, 4);
  if (start === 'RIFF' && text(head, 8, 4) === 'WAVE') return 'wav';
  if (start === 'OggS') return oggFormat(head);
  const body = audioStart(head);
  if (text(head, body, 4) === 'fLaC') return 'flac';
  // 11 bits of synchronisation, then a layer, a bit rate and a sample rate that exist.
  const [sync = 0, version = 0, rates = 0] = head.subarray(body);
  const frames = sync === 0xff && (version & 0xe0) === 0xe0 && (version & 0x06) !== 0;
  if (frames && (rates & 0xf0) !== 0xf0 && (rates & 0x0c) !== 0x0c) return 'mp3';
  return start.startsWith('ID3') ? 'mp3' : undefined;
}

/** The codec stands at the start of the first page's packet. */
function oggFormat(head: Uint8Array): SoundFormat | undefined {
  const packet = 27 + (head[26] ?? 0);
  if (text(head, packet + 1, 6) === 'vorbis') return 'ogg vorbis';
  if (text(head, packet, 8) === 'OpusHead') return 'ogg opus';
  return text(head, packet + 1, 4) === 'FLAC' ? 'ogg flac' : undefined;
}

/** Where the audio begins: behind ID3v2 tags, each with its length in four 7-bit digits. */
export function audioStart(head: Uint8Array): number {
  let at = 0;
  while (text(head, at, 3) === 'ID3') {
    const [a = 0, b = 0, c = 0, d = 0] = head.subarray(at + 6, at + 10);
    at += 10 + ((a << 21) | (b << 14) | (c << 7) | d);
  }
  return at;
}

function unrecognised(head: Uint8Array, name: string): DataError {
  const start = text(head, 0, 24);
  const readable = /^[\x09\x0a\x0d\x20-\x7e]+$/.test(start);
  const begins = readable
    ? JSON.stringify(start)
    : Array.from(head.subarray(0, 8), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
  const advice = /^\s*<(!doctype html|html|head|body)/i.test(start)
    ? 'That is a web page, often what a failed download leaves behind: download it again.'
    : 'Convert it to one of these, for instance with ffmpeg, or check that the path is the right one.';
  return new DataError(`Sound: must be WAV, FLAC, MP3 or Ogg, got ${name}, which begins with ${begins}. ${advice}`);
}
