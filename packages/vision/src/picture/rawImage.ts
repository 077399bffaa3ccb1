import { DataError } from '@tessera/core';
import type { RgbColor, RgbPixels } from './renderPlan.js';

/** Decoded pixels, row by row: grey (1 channel), grey and alpha (2), RGB (3) or RGB and alpha (4), 8 bits each. */
export interface RawPixels {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 2 | 3 | 4;
  readonly data: Uint8Array;
}

/** What a user gives for an image: the path of a file, the bytes of an encoded picture, or pixels. */
export type RawImage = string | Uint8Array | RawPixels;

/** Whether a raw image is pixels, which need no decoder. */
export function isRawPixels(raw: unknown): raw is RawPixels {
  return typeof raw === 'object' && raw !== null && !(raw instanceof Uint8Array) && 'width' in raw && 'data' in raw;
}

/**
 * Checks the sizes of raw pixels.
 * @throws DataError when a size is no positive integer or `data` has another length than they say
 */
export function checkRawPixels({ width, height, channels, data }: RawPixels): void {
  if (![width, height].every((side) => Number.isInteger(side) && side > 0) || ![1, 2, 3, 4].includes(channels)) {
    throw new DataError(
      `Picture: width and height must be positive integers and channels 1 to 4, got width=${width}, height=${height}, channels=${channels}.`,
    );
  }
  if (!(data instanceof Uint8Array) || data.length !== width * height * channels) {
    const length = data instanceof Uint8Array ? `${data.length} bytes` : typeof data;
    throw new DataError(
      `Picture: data must be a Uint8Array of width·height·channels=${width * height * channels} bytes, got data=${length}. ` +
        'Give rows from top to bottom, without padding.',
    );
  }
}

/** Raw pixels as RGB; grey is repeated and alpha laid on the background. Throws as {@link checkRawPixels}. */
export function flattenPixels(raw: RawPixels, background: RgbColor): RgbPixels {
  checkRawPixels(raw);
  const { width, height, channels, data } = raw;
  if (channels === 3) return { width, height, data };
  const rgb = new Uint8Array(width * height * 3);
  const [green, blue] = channels === 4 ? [1, 2] : [0, 0];
  const hasAlpha = channels === 2 || channels === 4;
  for (let from = 0, to = 0; to < rgb.length; from += channels, to += 3) {
    const alpha = hasAlpha ? (data[from + channels - 1] ?? 255) / 255 : 1;
    rgb[to] = over(data[from], background[0], alpha);
    rgb[to + 1] = over(data[from + green], background[1], alpha);
    rgb[to + 2] = over(data[from + blue], background[2], alpha);
  }
  return { width, height, data: rgb };
}

const over = (value = 0, below: number, alpha: number): number => Math.round(below + (value - below) * alpha);
