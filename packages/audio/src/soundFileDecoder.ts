// The decoder on Node: files are read here, all else runs anywhere.
import { readFile } from 'node:fs/promises';
import { ByteCache, DataError } from '@tessera/core';
import { describeBytes, describeFile, nameOfBytes, readStart, unreadableFile, type Encoded } from '@tessera/core/node';
import { damagedSound, decodeSound } from './sound/decodeSound.js';
import { findTruncation } from './sound/findTruncation.js';
import { readFlacInfo } from './sound/flacInfo.js';
import { decodedSamples, isRawSamples, toMono, type DecodedSound, type RawSound } from './sound/rawSound.js';
import { resample } from './sound/resample.js';
import type { SoundDecoder, SoundInfo, SoundPlan } from './sound/soundDecoder.js';
import { audioStart, recogniseSound } from './sound/soundFormat.js';
import { readWavHeader } from './sound/wav.js';

/** Limits of a {@link SoundFileDecoder}. */
export interface SoundFileDecoderOptions {
  /** Bytes of decoded and resampled sounds kept, so that a small dataset is decoded once. Default 256 MiB. */
  readonly cacheBytes?: number;
  /** Bytes that a file may have. Default 512 MiB. */
  readonly maxBytes?: number;
}

/** Enough for the header of nearly every sound, and all of a short one. */
const headLength = 64 * 1024;
const mebibyte = 1024 * 1024;

/** A decoder of files and bytes: WAV, FLAC, MP3, Ogg Vorbis, Ogg Opus. */
export const soundFileDecoder = (options: SoundFileDecoderOptions = {}): SoundFileDecoder =>
  new SoundFileDecoder(options);

/** An encoded sound. */
interface SoundSource extends Encoded {
  readonly read: () => Promise<Uint8Array>;
  readonly readHead: () => Promise<Uint8Array>;
}

/** See {@link soundFileDecoder}. */
export class SoundFileDecoder implements SoundDecoder {
  private readonly cache: ByteCache<Float32Array>;
  private readonly maxBytes: number;

  constructor({ cacheBytes = 256 * mebibyte, maxBytes = 512 * mebibyte }: SoundFileDecoderOptions = {}) {
    this.cache = new ByteCache(cacheBytes);
    this.maxBytes = maxBytes;
  }

  async inspect(raw: RawSound): Promise<SoundInfo> {
    if (isRawSamples(raw)) return describe(decodedSamples(raw));
    const source = await this.openSound(raw);
    const head = await source.readHead();
    const format = recogniseSound(head, source.name);
    if (format === 'wav') {
      // Chunks of other things may stand before the samples: then all of the file is looked through.
      const whole = await wavBytes(head, source);
      const { sampleRate, numChannels, length, bits } = readWavHeader(whole, source.size, source.name);
      return { format, sampleRate, channels: numChannels, seconds: length / (bits / 8) / numChannels / sampleRate };
    }
    if (format !== 'flac') return { format };
    const reason = findTruncation(head, format);
    if (reason !== undefined) throw damagedSound(source.name, format, reason);
    const { sampleRate, numChannels, numSamples } = readFlacInfo(head.subarray(audioStart(head)));
    return { format, sampleRate, channels: numChannels, ...(numSamples > 0 && { seconds: numSamples / sampleRate }) };
  }

  async decode(raw: RawSound, plan: SoundPlan): Promise<Float32Array> {
    if (isRawSamples(raw)) return render(decodedSamples(raw), plan);
    const source = await this.openSound(raw);
    const key = `${source.key}|${plan.sampleRate}|${plan.seconds}`;
    const known = this.cache.get(key);
    if (known) return known;
    const decoded = await decodeSound(await source.read(), source.name, plan.seconds + filterSeconds);
    const samples = render(decoded, plan);
    this.cache.set(key, samples, samples.byteLength);
    return samples;
  }

  /** Drops the cached sounds. */
  dispose(): void {
    this.cache.clear();
  }

  private async openSound(raw: unknown): Promise<SoundSource> {
    if (typeof raw === 'string') return this.openFile(raw);
    if (raw instanceof Uint8Array) return this.openBytes(raw);
    throw new DataError(
      `Sound: must be a path, the bytes of a sound or samples { sampleRate, samples }, got ${raw === null ? 'null' : typeof raw}. ` +
        'Give one of these.',
    );
  }

  private async openFile(path: string): Promise<SoundSource> {
    const file = describeFile('Sound', path);
    this.requireSize(file.name, file.size);
    const orUnreadable = (cause: unknown): never => {
      throw unreadableFile('Sound', file.name, cause);
    };
    return {
      ...file,
      read: () => readFile(path).catch(orUnreadable),
      readHead: () => readStart(path, headLength).catch(orUnreadable),
    };
  }

  private openBytes(bytes: Uint8Array): SoundSource {
    const described = describeBytes('Sound', bytes);
    this.requireSize(nameOfBytes('Sound'), bytes.length);
    const read = (): Promise<Uint8Array> => Promise.resolve(bytes);
    return { ...described, read, readHead: read };
  }

  private requireSize(name: string, size: number): void {
    if (size <= this.maxBytes) return;
    const [got, most] = [size, this.maxBytes].map((bytes) => `${Math.ceil(bytes / mebibyte)} MiB`);
    throw new DataError(`Sound: must be a file of at most ${most}, got ${name} of ${got}. Cut it into shorter ones.`);
  }
}

/** Seconds more than wanted, so that the filter finds what follows at the end. */
const filterSeconds = 1;

/** The first seconds, as one channel, at the wanted rate. */
function render(sound: DecodedSound, { sampleRate, seconds }: SoundPlan): Float32Array {
  const needed = Math.ceil((seconds + filterSeconds) * sound.sampleRate);
  const channels = sound.channels.map((list) => (list.length > needed ? list.subarray(0, needed) : list));
  const samples = resample(toMono({ ...sound, channels }), sound.sampleRate, sampleRate);
  return samples.slice(0, Math.round(seconds * sampleRate));
}

const describe = ({ sampleRate, channels }: DecodedSound): SoundInfo => ({
  format: 'raw',
  sampleRate,
  channels: channels.length,
  seconds: (channels[0]?.length ?? 0) / sampleRate,
});

async function wavBytes(head: Uint8Array, { read, size }: SoundSource): Promise<Uint8Array> {
  const hasSamples = Buffer.from(head.buffer, head.byteOffset, head.byteLength).includes('data');
  return hasSamples || head.length === size ? head : read();
}
