// The decoder on Node. sharp (libvips) decodes; resizing is our own, because libvips' reduction differs from Pillow's by
// more than a grey level (see test/fixtures/image_preprocessing.json). sharp is imported where it is first needed: libvips
// takes a tenth of a second, for which programs without pictures, or with plain JPEGs on native TensorFlow, never ask.
import { Budget, ByteCache, DataError } from '@tessera/core';
import type { Metadata, SharpOptions } from 'sharp';
import type { ImageDecoder, PictureInfo } from './picture/imageDecoder.js';
import { checkRawPixels, flattenPixels, isRawPixels, type RawImage } from './picture/rawImage.js';
import { rgbFromCmyk } from './picture/rgbFromCmyk.js';
import { plainJpegSize } from './picture/jpegHeader.js';
import { renderJpegPicture, type RenderJpeg } from './picture/renderJpeg.js';
import { renderPicture } from './picture/renderPicture.js';
import type { Picture, RenderPlan, RgbColor, RgbPixels } from './picture/renderPlan.js';
import { damaged, requireSize, unrecognised } from './sharp/pictureErrors.js';
import { looksComplete, openPicture, type PictureSource } from './sharp/pictureSource.js';

/** Limits of a {@link SharpDecoder}. */
export interface SharpDecoderOptions {
  /** Bytes of decoded and resized pictures kept, so that a small dataset is decoded once. Default 256 MiB. */
  readonly cacheBytes?: number;
  /** Pixels a picture may have; also how many are decoded at the same time. Default 64 million. */
  readonly maxPixels?: number;
  /**
   * Pictures decoded at the same time, as far as their pixels allow. Default 64: while a backend computes on this thread, a
   * decoding goes on by one step in each turn of the event loop, so that many must be under way (`npm run bench`).
   */
  readonly concurrency?: number;
  /** Decodes and resizes plain JPEGs in the place of sharp, which still has those that it refuses. */
  readonly renderJpeg?: RenderJpeg | undefined;
}

/** A decoder on sharp: PNG, JPEG, WebP, GIF and AVIF (first frame), TIFF (first page), SVG. */
export const sharpDecoder = (options: SharpDecoderOptions = {}): SharpDecoder => new SharpDecoder(options);

/** See {@link sharpDecoder}. */
export class SharpDecoder implements ImageDecoder {
  private readonly cache: ByteCache<Picture>;
  private readonly maxPixels: number;
  private readonly slots: Budget;
  private readonly pixels: Budget;
  private readonly renderJpeg: RenderJpeg | undefined;

  constructor(options: SharpDecoderOptions = {}) {
    const { cacheBytes = 256 * 1024 * 1024, maxPixels = 64_000_000, concurrency = 64 } = options;
    this.renderJpeg = options.renderJpeg;
    this.cache = new ByteCache(cacheBytes);
    this.maxPixels = maxPixels;
    this.slots = new Budget(concurrency);
    this.pixels = new Budget(maxPixels);
  }

  async inspect(raw: RawImage): Promise<PictureInfo> {
    if (isRawPixels(raw)) {
      checkRawPixels(raw);
      requireSize('pixels', raw.width, raw.height, this.maxPixels);
      return { format: 'raw', width: raw.width, height: raw.height };
    }
    return this.slots.run(1, async () => {
      const source = await openPicture(requireEncoded(raw));
      const ends = await source.readEnds();
      const metadata = await this.readHeader(source, ends.head, ends.size);
      if (!looksComplete(ends)) await this.readPixels(source, await source.read(), metadata, white);
      return { format: metadata.format, ...metadata.autoOrient };
    });
  }

  async decode(raw: RawImage, plan: RenderPlan): Promise<Picture> {
    if (isRawPixels(raw)) {
      requireSize('pixels', raw.width, raw.height, this.maxPixels);
      return renderPicture(flattenPixels(raw, plan.background), plan);
    }
    const source = await openPicture(requireEncoded(raw));
    const key = `${source.key}|${JSON.stringify(plan)}`;
    // Looked up before a slot is taken: while a backend computes on this thread, every turn of the event loop counts.
    return this.cache.get(key) ?? this.slots.run(1, () => this.decodeSource(source, key, plan));
  }

  private async decodeSource(source: PictureSource, key: string, plan: RenderPlan): Promise<Picture> {
    const bytes = await source.read();
    const picture = (await this.renderDirectly(source, bytes, plan)) ?? (await this.renderBySharp(source, bytes, plan));
    this.cache.set(key, picture, picture.data.byteLength);
    return picture;
  }

  /** Undefined for a picture that is no plain JPEG, or not sound: sharp tells what is wrong with it, or bears with it. */
  private async renderDirectly(
    source: PictureSource,
    bytes: Uint8Array,
    plan: RenderPlan,
  ): Promise<Picture | undefined> {
    const { renderJpeg } = this;
    const size = renderJpeg && plainJpegSize(bytes);
    if (!size) return undefined;
    requireSize(source.name, size.width, size.height, this.maxPixels);
    return this.pixels
      .run(size.width * size.height, () => renderJpegPicture({ bytes, ...size }, plan, renderJpeg))
      .catch(() => undefined);
  }

  private async renderBySharp(source: PictureSource, bytes: Uint8Array, plan: RenderPlan): Promise<Picture> {
    const metadata = await this.readHeader(source, bytes, bytes.length);
    const density = this.svgDensity(metadata, plan);
    return renderPicture(await this.readPixels(source, bytes, metadata, plan.background, density), plan);
  }

  async encodePng({ data, width, height }: Picture): Promise<Uint8Array> {
    const pixels = Uint8Array.from(data, Math.round);
    const { default: sharp } = await import('sharp');
    return sharp(pixels, { raw: { width, height, channels: 3 } })
      .png()
      .toBuffer();
  }

  /** Drops the cached pictures. */
  dispose(): void {
    this.cache.clear();
  }

  /** The header, from the first bytes where they suffice. Throws DataError when it is no picture or too large. */
  private async readHeader(source: PictureSource, head: Uint8Array, size: number): Promise<Metadata> {
    const { default: sharp } = await import('sharp');
    const read = (bytes: Uint8Array): Promise<Metadata> => sharp(bytes, { limitInputPixels: false }).metadata();
    const metadata = await read(head)
      .catch(async (error: unknown) => {
        if (head.length === size) throw error;
        return read(await source.read());
      })
      .catch((cause: unknown) => {
        throw unrecognised(source.name, head, cause);
      });
    requireSize(source.name, metadata.width, metadata.height, this.maxPixels);
    return metadata;
  }

  /** All pixels as sRGB on the background, upright. Profiles are ignored, as Pillow and torchvision do. */
  private async readPixels(
    source: PictureSource,
    bytes: Uint8Array,
    metadata: Metadata,
    background: RgbColor,
    density?: number,
  ): Promise<RgbPixels> {
    const options: SharpOptions = { ignoreIcc: true, failOn: 'error', limitInputPixels: this.maxPixels };
    if (density !== undefined) options.density = density;
    return this.pixels.run(metadata.width * metadata.height, async () => {
      const { default: sharp } = await import('sharp');
      const inks = metadata.space === 'cmyk' && metadata.channels === 4;
      const upright = sharp(bytes, options).autoOrient();
      const { data, info } = await (
        inks ? upright.pipelineColourspace('cmyk').toColourspace('cmyk') : upright.toColourspace('srgb')
      )
        .raw({ depth: 'uchar' })
        .toBuffer({ resolveWithObject: true })
        .catch((cause: unknown) => {
          throw damaged(source.name, metadata, cause);
        });
      const { width, height, channels } = info;
      if (inks) return { width, height, data: rgbFromCmyk(data) };
      return flattenPixels({ width, height, channels, data }, background);
    });
  }

  /** A drawing is rasterised no smaller than it is needed, within the limit of pixels. */
  private svgDensity({ format, density, width, height }: Metadata, plan: RenderPlan): number | undefined {
    if (format !== 'svg') return undefined;
    const needed = plan.fit === 'crop' ? plan.resize : Math.max(...plan.size);
    const largest = 0.99 * Math.sqrt(this.maxPixels / (width * height)); // rounding up must stay below the limit
    const factor = Math.min(Math.max(1, needed / Math.min(width, height)), largest);
    return Math.min(100_000, (density ?? 72) * factor);
  }
}

const white: RgbColor = [255, 255, 255];

function requireEncoded(raw: unknown): string | Uint8Array {
  if (typeof raw === 'string' || raw instanceof Uint8Array) return raw;
  throw new DataError(
    `Picture: must be a path, the bytes of a picture or pixels { width, height, channels, data }, got ${raw === null ? 'null' : typeof raw}. ` +
      'Give one of these.',
  );
}
