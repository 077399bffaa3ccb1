import { DataError } from '@tessera/core';

/** Decoded samples: one list, or one for each channel, from -1 to 1. */
export interface RawSamples {
  /** Samples per second. */
  readonly sampleRate: number;
  readonly samples: Float32Array | readonly Float32Array[];
}

/** What a user gives for a sound: the path of a file, the bytes of an encoded sound, or samples. */
export type RawSound = string | Uint8Array | RawSamples;

/** A decoded sound. */
export interface DecodedSound {
  readonly sampleRate: number;
  /** One list of samples for each channel, all of the same length. */
  readonly channels: readonly Float32Array[];
}

/** Sample rates that are taken; beyond them a header is damaged rather than a sound unusual. */
export const sampleRates = { least: 1000, most: 768_000 };

/** Whether a raw sound is samples, which need no decoder. */
export function isRawSamples(raw: unknown): raw is RawSamples {
  return typeof raw === 'object' && raw !== null && !(raw instanceof Uint8Array) && 'samples' in raw;
}

/**
 * Samples as a decoded sound.
 * @throws DataError when there are none, channels differ in length, the rate is none or a sample is no number
 */
export function decodedSamples({ sampleRate, samples }: RawSamples): DecodedSound {
  const channels = samples instanceof Float32Array ? [samples] : samples;
  if (!Array.isArray(channels) || channels.length === 0 || !channels.every((list) => list instanceof Float32Array)) {
    const got = Array.isArray(samples) ? (samples.length === 0 ? 'an empty list' : 'a list of others') : typeof samples;
    throw new DataError(
      `Sound: samples must be a Float32Array, or a list of one for each channel, got ${got}. Give one of these.`,
    );
  }
  const lengths = channels.map((list: Float32Array) => list.length);
  if (lengths.some((length) => length !== lengths[0])) {
    throw new DataError(
      `Sound: all channels must have the same number of samples, got lengths=${lengths.join(', ')}. Cut or fill them.`,
    );
  }
  return requireSound({ sampleRate, channels: channels as Float32Array[] }, 'samples');
}

/** Requires a plausible rate, a sound of some length and finite samples. `name` is of its source, for messages. */
export function requireSound(sound: DecodedSound, name: string): DecodedSound {
  const { sampleRate, channels } = sound;
  requireRate(sampleRate, name);
  if (!channels[0]?.length) {
    throw new DataError(`Sound: must not be of zero length, got ${name} without a sample. Record or export it again.`);
  }
  if (channels.some((list) => !list.every(Number.isFinite))) {
    throw new DataError(`Sound: every sample must be a number, got ${name} with NaN or infinity. Export it again.`);
  }
  return sound;
}

/** Requires a rate between {@link sampleRates}. */
export function requireRate(sampleRate: number, name: string): void {
  if (sampleRate >= sampleRates.least && sampleRate <= sampleRates.most && Number.isInteger(sampleRate)) return;
  throw new DataError(
    `Sound: the rate must be a whole number from ${sampleRates.least} to ${sampleRates.most} samples per second, got ${name} with sampleRate=${sampleRate}. The file is damaged, or convert it.`,
  );
}

/** The channels' mean, which is what encoders hear; a sound of one channel as it is. */
export function toMono({ channels }: DecodedSound): Float32Array {
  const [first = new Float32Array(0), ...others] = channels;
  if (others.length === 0) return first;
  return first.map((value, i) => others.reduce((sum, list) => sum + (list[i] ?? 0), value) / channels.length);
}
