import { DataError } from '@tessera/core';
import { sha256 } from '../sha256.js';

/** Width and height of the dataset's pictures in pixels. */
export const emojiPictureSize = 64;

/** An RGB picture: bytes row by row, three for each pixel. */
export interface RgbPicture {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/**
 * Reads a PNG of any kind (palette, grey, transparent) and lays it on white, in Pillow's integer arithmetic.
 * Throws `DataError` when the file is missing or no picture.
 */
export async function readPictureOnWhite(file: string): Promise<RgbPicture> {
  const { default: sharp } = await import('sharp');
  try {
    const { data, info } = await sharp(file, { ignoreIcc: true })
      .toColourspace('srgb')
      .ensureAlpha()
      // The known package versions hold 64×64 pictures, which pass unchanged.
      .resize(emojiPictureSize, emojiPictureSize, { fit: 'fill', kernel: 'cubic' })
      .raw()
      .toBuffer({ resolveWithObject: true });
    return { data: layOnWhite(data), width: info.width, height: info.height };
  } catch (cause) {
    throw new DataError(
      `emoji dataset: an npm package's picture must be readable, got file=${file}. Install the package again.`,
      { cause },
    );
  }
}

/** Reads the RGB pixels of a PNG, a path or its bytes, as they are. */
export async function readRgbPicture(png: string | Uint8Array): Promise<RgbPicture> {
  const { default: sharp } = await import('sharp');
  const { data, info } = await sharp(png, { ignoreIcc: true })
    .toColourspace('srgb')
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

/** Writes an RGB picture as PNG. */
export async function writePicture(picture: RgbPicture, file: string): Promise<void> {
  const { width, height } = picture;
  const { default: sharp } = await import('sharp');
  await sharp(picture.data, { raw: { width, height, channels: 3 } })
    .png()
    .toFile(file);
}

/** SHA-256 of the pixels in hexadecimal: PNG bytes depend on the encoder and its zlib, pixels do not. */
export function hashPixels(picture: RgbPicture): string {
  return sha256(picture.data);
}

// Pillow's alpha_composite over opaque white (libImaging/AlphaComposite.c): 7 extra bits, division by 255 by shifts.
function layOnWhite(rgba: Uint8Array): Uint8Array {
  const rgb = new Uint8Array((rgba.length / 4) * 3);
  for (let pixel = 0; pixel < rgba.length / 4; pixel += 1) {
    const alpha = rgba[pixel * 4 + 3] ?? 0;
    for (let channel = 0; channel < 3; channel += 1) {
      const colour = rgba[pixel * 4 + channel] ?? 0;
      const sum = ((colour * alpha + 255 * (255 - alpha)) << 7) + (0x80 << 7);
      rgb[pixel * 3 + channel] = ((sum >> 8) + sum) >> 15;
    }
  }
  return rgb;
}
