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

/** Checks decoded frames. Throws DataError when there is none, one is no picture, or the rate is no positive number. */
export function checkRawFrames({ frames, rate }: RawFrames): void {
  if (!Array.isArray(frames)) {
    throw new DataError(`Video: frames must be a list of { width, height, channels, data }, got ${typeof frames}.`);
  }
  if (frames.length === 0) {
    throw new DataError(
      'Video: must have one frame or more, got frames=[]. Leave the modality out where there is none.',
    );
  }
  frames.forEach(checkFrame);
  if (!(Number.isFinite(rate) && rate > 0)) {
    throw new DataError(`Video: rate must be a positive number of frames for each second, got rate=${rate}.`);
  }
}

function checkFrame({ width, height, channels, data }: FramePixels, index: number): void {
  const isSize = (size: unknown): boolean => Number.isInteger(size) && Number(size) > 0;
  if (
    isSize(width) &&
    isSize(height) &&
    [1, 2, 3, 4].includes(channels) &&
    data instanceof Uint8Array &&
    data.length === width * height * channels
  ) {
    return;
  }
  const got = data instanceof Uint8Array ? `${data.length} bytes` : typeof data;
  throw new DataError(
    `Video: a frame must have width × height × channels bytes in a Uint8Array, with 1 to 4 channels, got frame ${index + 1} ` +
      `with width=${width}, height=${height}, channels=${channels}, data=${got}. Decode it to 8 bits for each value.`,
  );
}

/** A raw video that a decoder can open. Throws DataError for anything else. */
export function requireEncoded(raw: unknown): string | Uint8Array {
  if (typeof raw === 'string' || raw instanceof Uint8Array) return raw;
  const got = raw === null || typeof raw !== 'object' || Array.isArray(raw) ? JSON.stringify(raw) : 'an object';
  throw new DataError(
    `Video: must be a path, the bytes of a video or { frames, rate }, got ${got.slice(0, 60)}. Give one of these.`,
  );
}
