import { token } from '@tessera/core';
import type { RawImage } from './rawImage.js';
import type { Picture, RenderPlan } from './renderPlan.js';

/** What a picture's header says. */
export interface PictureInfo {
  /** `png`, `jpeg`, …; `raw` for pixels. */
  readonly format: string;
  /** In pixels, after the rotation that EXIF asks for. */
  readonly width: number;
  readonly height: number;
}

/** Decodes pictures. On Node, `sharpDecoder()` of `@tessera/vision/node` is one. */
export interface ImageDecoder {
  /** Reads a picture's header only. Throws DataError when it is missing, no picture, cut short or too large. */
  inspect(raw: RawImage): Promise<PictureInfo>;
  /**
   * Decodes a picture to sRGB, lays it on the background, turns it upright and brings it to size.
   * @returns a picture that may come from a cache: borrow it, never write to it
   * @throws DataError that names the file and what is wrong with it
   */
  decode(raw: RawImage, plan: RenderPlan): Promise<Picture>;
  /** The PNG file of a picture, for reports. */
  encodePng(picture: Picture): Promise<Uint8Array>;
}

/** Token of the {@link ImageDecoder}. */
export const imageDecoder = token<ImageDecoder>('tessera.ImageDecoder', 'a decoder of pictures');
