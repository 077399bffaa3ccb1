import { DataError } from '@tessera/core';

/** Pixels of a frame, row by row, 8 bits each: grey (1 channel), grey and alpha (2), RGB (3) or RGB and alpha (4). */
export interface FramePixels {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 2 | 3 | 4;
  readonly data: Uint8Array;
}

/** A video that is decoded already. */
export interface RawFrames {
  readonly frames: readonly FramePixels[];
  /** Frames for each second. */
  readonly rate: number;
}

/** What a user gives for a video: the path of a file, its bytes, or decoded frames. */
export type RawVideo = string | Uint8Array | RawFrames;

/** Whether a raw video is decoded already. */
export const isRawFrames = (raw: unknown): raw is RawFrames =>
  typeof raw === 'object' && raw !== null && !(raw instanceof Uint8Array) && 'frames' in raw && 'rate' in raw;

/** Checks decoded frames. Throws DataError when there is none, or the rate is no positive number. */
export function checkRawFrames({ frames, rate }: RawFrames): void {
  if (!Array.isArray(frames) || frames.length === 0) {
    throw new DataError(
      'Video: must have one frame or more, got frames=[]. Leave the modality out where there is none.',
    );
  }
  if (!(Number.isFinite(rate) && rate > 0)) {
    throw new DataError(`Video: rate must be a positive number of frames for each second, got rate=${rate}.`);
  }
}

/** A raw video that a decoder can open. Throws DataError for anything else. */
export function requireEncoded(raw: unknown): string | Uint8Array {
  if (typeof raw === 'string' || raw instanceof Uint8Array) return raw;
  const got = raw === null || typeof raw !== 'object' || Array.isArray(raw) ? JSON.stringify(raw) : 'an object';
  throw new DataError(
    `Video: must be a path, the bytes of a video or { frames, rate }, got ${got.slice(0, 60)}. Give one of these.`,
  );
}
