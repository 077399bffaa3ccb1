// The sounds of test/fixtures/sounds: one chirp of 0.25 s at 22,050 samples per second (mono), as ffmpeg encodes it.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataError } from '@tessera/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeSound } from './sound/decodeSound.js';
import type { RawSound } from './sound/rawSound.js';
import { soundFileDecoder } from './soundFileDecoder.js';

const sounds = join(import.meta.dirname, '../../../test/fixtures/sounds');
const bytesOf = (name: string): Uint8Array => new Uint8Array(readFileSync(join(sounds, name)));
const decoder = soundFileDecoder();
const plan = { sampleRate: 16_000, seconds: 1 };

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tessera-sounds-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Writes a file and gives its path. */
const file = (name: string, bytes: Uint8Array | string): string => {
  writeFileSync(join(folder, name), bytes);
  return join(folder, name);
};

const correlation = (a: Float32Array, b: Float32Array): number => {
  const dot = a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
  return dot / (Math.hypot(...a) * Math.hypot(...b));
};

/** A WAV file of 16-bit samples, channel by channel within a frame. */
function wav(samples: readonly number[], { channels = 1, rate = 16_000 } = {}): Uint8Array {
  const bytes = new Uint8Array(44 + 2 * samples.length);
  const view = new DataView(bytes.buffer);
  bytes.set(Buffer.from('RIFF....WAVEfmt '), 0);
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, rate, true);
  view.setUint16(34, 16, true);
  bytes.set(Buffer.from('data'), 36);
  view.setUint32(40, 2 * samples.length, true);
  samples.forEach((value, i) => view.setInt16(44 + 2 * i, value * 32_768, true));
  return bytes;
}

describe('a sound of each format', () => {
  it.each(['chirp.wav', 'chirp.flac', 'chirp-flac.ogg'])('%s has every sample', async (name) => {
    const { sampleRate, channels } = await decodeSound(bytesOf(name), name);
    const [want] = (await decodeSound(bytesOf('chirp.wav'), name)).channels;
    expect(sampleRate).toBe(22_050);
    expect(channels).toHaveLength(1);
    // libFLAC's build divides by 32,767.
    expect(Math.max(...(want ?? []).map((value, i) => Math.abs(value - (channels[0]?.[i] ?? NaN))))).toBeLessThan(5e-5);
    expect(want).toHaveLength(5513);
  });

  it.each(['chirp.mp3', 'chirp.ogg', 'chirp.opus'])('%s sounds as the original', async (name) => {
    const want = await decoder.decode(join(sounds, 'chirp.wav'), plan);
    const got = await decoder.decode(join(sounds, name), plan);
    expect(Math.abs(got.length - want.length)).toBeLessThan(1200); // MP3 pads to whole frames
    expect(correlation(want, got)).toBeGreaterThan(0.99);
  });

  it.each([
    ['chirp.wav', { format: 'wav', sampleRate: 22_050, channels: 1, seconds: 5513 / 22_050 }],
    ['chirp.flac', { format: 'flac', sampleRate: 22_050, channels: 1, seconds: 5513 / 22_050 }],
    ['chirp.mp3', { format: 'mp3' }],
    ['chirp.ogg', { format: 'ogg vorbis' }],
    ['chirp.opus', { format: 'ogg opus' }],
  ])('%s is told by its first bytes', async (name, info) => {
    expect(await decoder.inspect(join(sounds, name))).toEqual(info);
  });
});

describe('what is heard', () => {
  it('is the mean of the channels', async () => {
    const stereo = wav([0.5, 0.25, -0.5, 0.5, 0.25, 0.25], { channels: 2 });
    expect([...(await decoder.decode(stereo, plan))]).toEqual([0.375, 0, 0.25]);
  });

  it('is the same for bytes, a file and samples', async () => {
    const bytes = wav([0.5, -0.25, 0.125]);
    const samples = { sampleRate: 16_000, samples: Float32Array.of(0.5, -0.25, 0.125) };
    const raws: RawSound[] = [bytes, file('same.wav', bytes), samples];
    for (const raw of raws) expect([...(await decoder.decode(raw, plan))]).toEqual([0.5, -0.25, 0.125]);
  });

  it('is what begins the sound, where that is longer than wanted', async () => {
    const samples = Float32Array.from({ length: 8000 }, (_, i) => Math.sin(i / 5));
    const raw = { sampleRate: 8000, samples };
    const whole = await decoder.decode(raw, plan);
    const part = await decoder.decode(raw, { ...plan, seconds: 0.1 });
    expect(part).toHaveLength(1600);
    expect(part).toEqual(whole.slice(0, 1600));
  });

  it('is read to its end where a stream’s header does not say how long it is', async () => {
    const bytes = wav([0.5, 0.25]);
    new DataView(bytes.buffer).setUint32(40, 0x7ffff000, true); // as espeak-ng --stdout
    expect([...(await decoder.decode(bytes, plan))]).toEqual([0.5, 0.25]);
  });

  it('is decoded once for a file, until the file changes', async () => {
    const path = file('cached.wav', wav([0.5, 0.5]));
    const first = await decoder.decode(path, plan);
    expect(await decoder.decode(path, plan)).toBe(first);
    file('cached.wav', wav([0.25, 0.25, 0.25]));
    expect([...(await decoder.decode(path, plan))]).toEqual([0.25, 0.25, 0.25]);
  });

  it('is behind an ID3 tag', async () => {
    const mp3 = bytesOf('chirp.mp3');
    const tagged = new Uint8Array([...Buffer.from('ID3'), 4, 0, 0, 0, 0, 0, 5, 1, 2, 3, 4, 5, ...mp3]);
    expect(await decoder.decode(tagged, plan)).toEqual(await decoder.decode(mp3, plan));
  });
});

describe('a long sound', () => {
  /** An MP3 without the header that says how long it is: the frames behind it, over and over. */
  const frames = (times: number): Uint8Array => {
    const mp3 = bytesOf('chirp.mp3');
    const first = mp3.findIndex((byte, i) => i > 100 && byte === 0xff && mp3[i + 1] === 0xf3);
    return new Uint8Array(Buffer.concat(Array.from({ length: times }, () => mp3.subarray(first))));
  };

  it('is decoded as far as it is needed', async () => {
    const [short, long] = [frames(1), frames(40)];
    const [whole] = (await decodeSound(short, 'short.mp3')).channels;
    const decoded = await decodeSound(long, 'long.mp3', 0.2);
    expect(decoded.channels[0]?.length).toBeGreaterThanOrEqual(0.2 * decoded.sampleRate);
    expect(decoded.channels[0]?.length).toBeLessThan(10 * (whole?.length ?? 0));
    const [samples] = (await decodeSound(wav(new Array<number>(16_000).fill(0.5)), 'long.wav', 0.2)).channels;
    expect(samples).toHaveLength(3200);
  });

  it('is the same in parts as in one go', async () => {
    const part = await decoder.decode(frames(40), { ...plan, seconds: 0.5 });
    const whole = await decoder.decode(frames(40), { ...plan, seconds: 3 });
    expect(part).toEqual(whole.slice(0, part.length));
  });

  it('ends where its header says, whatever was appended', async () => {
    const mp3 = bytesOf('chirp.mp3');
    const padded = new Uint8Array(mp3.length + 100_000);
    padded.set(mp3);
    expect(await decoder.decode(padded, plan)).toEqual(await decoder.decode(mp3, plan));
  });
});

describe('a bad sound', () => {
  const half = (name: string): Uint8Array => bytesOf(name).subarray(0, bytesOf(name).length - 1000);
  const encoded = (code: number): Uint8Array => {
    const bytes = wav([0.5]);
    new DataView(bytes.buffer).setUint16(20, code, true);
    return bytes;
  };

  it.each<[what: string, raw: unknown, message: string]>([
    ['a missing file', 'no/such.wav', 'the file must exist, got file=no/such.wav. Check the path'],
    ['a folder', tmpdir(), 'must be a file, got file='],
    ['no bytes', new Uint8Array(), 'must not be empty, got a sound of 0 bytes'],
    [
      'a text',
      Buffer.from('dear diary'),
      'must be WAV, FLAC, MP3 or Ogg, got a sound of 10 bytes, which begins with "dear',
    ],
    ['a web page', Buffer.from('<!doctype html><html>'), 'That is a web page'],
    ['a number', 42, 'must be a path, the bytes of a sound or samples'],
    ['no sample', wav([]), 'must not be of zero length'],
    ['samples of no length', { sampleRate: 16_000, samples: new Float32Array() }, 'must not be of zero length'],
    ['samples that are no numbers', { sampleRate: 16_000, samples: Float32Array.of(NaN) }, 'NaN or infinity'],
    ['a rate of zero', { sampleRate: 0, samples: Float32Array.of(1) }, 'got samples with sampleRate=0'],
    [
      'channels of different lengths',
      { sampleRate: 16_000, samples: [Float32Array.of(1), Float32Array.of(1, 2)] },
      'got lengths=1, 2',
    ],
    ['a WAV file cut short', half('chirp.wav'), 'ends early: it should have 11070 bytes and has 10070'],
    ['a WAV file of another encoding', encoded(6), 'with encoding 6 of 16 bits. Convert it: ffmpeg'],
    ['a WAV file cut in its header', wav([0.5]).subarray(0, 40), 'it has no samples'],
    ['a WAV file cut in its format', wav([0.5]).subarray(0, 34), 'it should have 36 bytes and has 34'],
    ['samples in a plain list', { sampleRate: 16_000, samples: [0.5, 1] }, 'got a list of others'],
    ['a FLAC file of its first word', Buffer.from('fLaC'), '(flac), which ends early or is damaged: its header is not'],
    ['a FLAC file cut short', half('chirp.flac'), 'samples could be decoded. Save or download it again.'],
    ['an MP3 file cut short', half('chirp.mp3'), '(mp3), which ends early or is damaged: it should have'],
    [
      'an Ogg file cut short',
      half('chirp.ogg'),
      '(ogg vorbis), which ends early or is damaged: the last page is missing',
    ],
    ['an Opus file cut short', half('chirp.opus'), 'the last page is missing'],
  ])('such as %s is refused with what is wrong', async (_, raw, message) => {
    const failure = decoder.decode(raw as RawSound, plan);
    await expect(failure).rejects.toBeInstanceOf(DataError);
    await expect(failure).rejects.toThrow(message);
  });

  it('that is too large is refused before it is read', async () => {
    const small = soundFileDecoder({ maxBytes: 1024 * 1024 });
    await expect(small.inspect(file('large.wav', new Uint8Array(1024 * 1024 + 1)))).rejects.toThrow(
      'at most 1 MiB, got file=',
    );
  });

  it('is found by its first bytes where that is possible', async () => {
    for (const raw of [
      file('diary.wav', 'dear diary'),
      file('empty.wav', ''),
      file('half.wav', half('chirp.wav')),
      file('word.flac', 'fLaC'),
    ]) {
      await expect(decoder.inspect(raw)).rejects.toBeInstanceOf(DataError);
    }
  });
});
