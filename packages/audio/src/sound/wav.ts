// RIFF WAVE files: PCM of 8 to 32 bits and floats. Source: Microsoft, "Multiple channel audio data and WAVE files".
import { DataError } from '@tessera/core';
import { requireRate, type DecodedSound } from './rawSound.js';

/** What the header of a WAV file says. */
export interface WavHeader {
  readonly sampleRate: number;
  readonly numChannels: number;
  /** Bits of one sample. */
  readonly bits: number;
  readonly isFloat: boolean;
  /** Where the samples lie. */
  readonly start: number;
  readonly length: number;
}

/** Sizes from here on stand for "as far as the file goes": what programs write that do not know the end beforehand. */
const streamed = 0x7ffff000;

/**
 * Reads the header.
 * @param head - the first bytes, up to the samples at least
 * @param size - bytes of the whole file
 * @throws DataError when it is damaged, ends early or is of an encoding that is not taken
 */
export function readWavHeader(head: Uint8Array, size: number, name: string): WavHeader {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  let format: Omit<WavHeader, 'start' | 'length'> | undefined;
  for (let at = 12; at + 8 <= head.length;) {
    const [id, claimed] = [view.getUint32(at), view.getUint32(at + 4, true)];
    const start = at + 8;
    if (id === chunk('fmt ') && start + claimed > size) throw cutShort(name, start + claimed, size);
    if (id === chunk('fmt ') && start + 16 <= head.length) format = readFormat(view, start, claimed, name);
    if (id === chunk('data')) {
      if (!format) throw damaged(name, 'its samples come before their format');
      const length = claimed >= streamed ? size - start : claimed;
      if (start + length > size) throw cutShort(name, start + length, size);
      return { ...format, start, length };
    }
    at = start + claimed + (claimed % 2); // chunks begin at even places
  }
  throw damaged(name, 'it has no samples');
}

const chunk = (id: string): number => Array.from(id).reduce((word, letter) => word * 256 + letter.charCodeAt(0), 0);

function readFormat(view: DataView, at: number, length: number, name: string): Omit<WavHeader, 'start' | 'length'> {
  const extensible = view.getUint16(at, true) === 0xfffe && length >= 40 && at + 26 <= view.byteLength;
  const code = view.getUint16(extensible ? at + 24 : at, true);
  const bits = view.getUint16(at + 14, true);
  const numChannels = view.getUint16(at + 2, true);
  const sampleRate = view.getUint32(at + 4, true);
  requireRate(sampleRate, name);
  if (numChannels === 0) throw damaged(name, 'it has no channel');
  const known = (code === 1 && [8, 16, 24, 32].includes(bits)) || (code === 3 && [32, 64].includes(bits));
  if (!known) {
    throw new DataError(
      `Sound: a WAV file must have PCM samples of 8, 16, 24 or 32 bits or floats, got ${name} with encoding ${code} of ${bits} bits. Convert it: ffmpeg -i FILE -c:a pcm_s16le out.wav`,
    );
  }
  return { sampleRate, numChannels, bits, isFloat: code === 3 };
}

/** Decodes the first `seconds` of a WAV file. Throws as {@link readWavHeader}. */
export function decodeWav(bytes: Uint8Array, name: string, seconds = Infinity): DecodedSound {
  const header = readWavHeader(bytes, bytes.length, name);
  const { sampleRate, numChannels, bits, start, length } = header;
  const width = bits / 8;
  const count = Math.min(Math.floor(length / (width * numChannels)), Math.ceil(seconds * sampleRate));
  const read = sampleReader(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), header);
  const channels = Array.from({ length: numChannels }, (_, channel) => {
    const samples = new Float32Array(count);
    for (let i = 0; i < count; i++) samples[i] = read(start + (i * numChannels + channel) * width);
    return samples;
  });
  return { sampleRate, channels };
}

/** Reads the sample at a place, in [-1, 1). */
function sampleReader(view: DataView, { bits, isFloat }: WavHeader): (at: number) => number {
  if (isFloat) return bits === 32 ? (at) => view.getFloat32(at, true) : (at) => view.getFloat64(at, true);
  switch (bits) {
    case 8:
      return (at) => (view.getUint8(at) - 128) / 128; // the only width without sign
    case 16:
      return (at) => view.getInt16(at, true) / 2 ** 15;
    case 24:
      return (at) => (view.getUint16(at, true) + view.getInt8(at + 2) * 65536) / 2 ** 23;
    default:
      return (at) => view.getInt32(at, true) / 2 ** 31;
  }
}

const damaged = (name: string, reason: string): DataError =>
  new DataError(`Sound: must be undamaged, got ${name} (wav): ${reason}. Save or download it again.`);

/** The error for a file that has fewer bytes than it says. */
export const cutShort = (name: string, claimed: number, size: number): DataError =>
  new DataError(
    `Sound: must be complete, got ${name}, which ends early: it should have ${claimed} bytes and has ${size}. Save or download it again.`,
  );
