import { token } from '@tessera/core';
import type { RawSound } from './rawSound.js';
import type { SoundFormat } from './soundFormat.js';

/** What a sound's first bytes say. */
export interface SoundInfo {
  readonly format: SoundFormat | 'raw';
  /** Samples per second, channels and seconds, where the header says them. */
  readonly sampleRate?: number;
  readonly channels?: number;
  readonly seconds?: number;
}

/** How a sound is wanted. */
export interface SoundPlan {
  /** Samples per second. */
  readonly sampleRate: number;
  /** What is beyond this many seconds from its start is left out. */
  readonly seconds: number;
}

/** Decodes sounds. On Node, `soundFileDecoder()` of `@tessera/audio/node` is one. */
export interface SoundDecoder {
  /** Reads a sound's first bytes only. Throws DataError when it is missing, empty, no sound or, where that shows, cut short. */
  inspect(raw: RawSound): Promise<SoundInfo>;
  /**
   * Decodes a sound, mixes its channels to their mean and resamples it.
   * @returns samples that may come from a cache: borrow them, never write to them
   * @throws DataError that names the file and what is wrong with it
   */
  decode(raw: RawSound, plan: SoundPlan): Promise<Float32Array>;
}

/** Token of the {@link SoundDecoder}. */
export const soundDecoder = token<SoundDecoder>('tessera.SoundDecoder', 'a decoder of sounds');
