import { readFileSync } from 'node:fs';
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { DataError } from '@tessera/core';
import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { RenderJpeg } from './picture/renderJpeg.js';
import type { RenderPlan } from './picture/renderPlan.js';
import { sharpDecoder } from './sharpDecoder.js';

const plan = (height: number, width: number, changes: Partial<RenderPlan> = {}): RenderPlan => ({
  size: [height, width],
  fit: 'stretch',
  resize: Math.max(height, width),
  region: 'centre',
  interpolation: 'bilinear',
  antialias: true,
  background: [255, 255, 255],
  ...changes,
});
const decoder = sharpDecoder({ cacheBytes: 0 });
const pixels = (width: number, height: number, channels: 1 | 2 | 3 | 4, data: readonly number[]): Sharp =>
  sharp(Uint8Array.from(data), { raw: { width, height, channels } });
const solid = (width: number, height: number, [r, g, b]: readonly [number, number, number]): Sharp =>
  sharp({ create: { width, height, channels: 3, background: { r, g, b } } });
const decoded = async (raw: string | Uint8Array, size = plan(1, 1)): Promise<number[]> =>
  [...(await decoder.decode(raw, size)).data].map(Math.round);
const png = readFileSync('test/fixtures/image_596x400.png');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tessera-vision-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** A JPEG of Pillow's: 16×8 of inks (38, 92, 125, 51) left and (200, 10, 0, 128) right, EXIF orientation 6. */
const cmykJpeg =
  '/9j/7gAOQWRvYmUAZAAAAAAA/+EAIkV4aWYAAE1NACoAAAAIAAEBEgADAAAAAQAGAAAAAAAA/9sAQwABAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQ' +
  'EBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB/8AAFAgACAAQBEMRAE0RAFkRAEsRAP/EAB8AAAEFAQEBAQEBAAAA' +
  'AAAAAAABAgMEBQYHCAkKC//EALUQAAIBAwMCBAMFBQQEAAABfQECAwAEEQUSITFBBhNRYQcicRQygZGhCCNCscEVUtHwJDNicoIJChYXGBkaJS' +
  'YnKCkqNDU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6g4SFhoeIiYqSk5SVlpeYmZqio6Slpqeoqaqys7S1tre4ubrCw8TF' +
  'xsfIycrS09TV1tfY2drh4uPk5ebn6Onq8fLz9PX29/j5+v/aAA4EQwBNAFkASwAAPwD+siv0YrQr+mCv8u+v6kK/vor+Zev/2Q==';

describe('formats', () => {
  it.each(['png', 'jpeg', 'webp', 'gif', 'tiff', 'avif'] as const)('decodes %s', async (format) => {
    const bytes = await solid(9, 7, [200, 100, 50]).toFormat(format).toBuffer();
    expect(await decoder.inspect(bytes)).toMatchObject({ width: 9, height: 7 });
    const [red = 0, green = 0, blue = 0] = await decoded(bytes);
    expect(Math.abs(red - 200) + Math.abs(green - 100) + Math.abs(blue - 50)).toBeLessThan(12);
  });

  it('takes the first frame of an animated GIF', async () => {
    const frames = pixels(2, 4, 3, [...new Array(4).fill([255, 0, 0]), ...new Array(4).fill([0, 0, 255])].flat());
    const gif = await sharp(await frames.raw().toBuffer(), { raw: { width: 2, height: 4, channels: 3, pageHeight: 2 } })
      .gif()
      .toBuffer();
    expect((await sharp(gif).metadata()).pages).toBe(2);
    expect(await decoder.inspect(gif)).toEqual({ format: 'gif', width: 2, height: 2 });
    expect(await decoded(gif)).toEqual([255, 0, 0]);
  });

  it('draws SVG as large as it is needed, on the background', async () => {
    const svg =
      '<svg xmlns="http://www.w3.org/2000/svg" width="2" height="2"><path d="M0 0h1v2h-1z" fill="red"/></svg>';
    const { data } = await decoder.decode(new TextEncoder().encode(svg), plan(100, 100, { background: [0, 0, 255] }));
    const row = [...data.subarray(0, 300)];
    expect(row.slice(0, 3)).toEqual([255, 0, 0]);
    expect(row.slice(49 * 3, 50 * 3)).toEqual([255, 0, 0]); // a sharp edge: not enlarged from two pixels
    expect(row.slice(51 * 3, 52 * 3)).toEqual([0, 0, 255]);
  });

  it('repeats grey, and lays grey with alpha on the background', async () => {
    expect(await decoded(await pixels(1, 1, 1, [80]).toColourspace('b-w').png().toBuffer())).toEqual([80, 80, 80]);
    const half = await pixels(1, 1, 2, [0, 128]).png().toBuffer();
    expect(await decoded(half, plan(1, 1, { background: [255, 0, 100] }))).toEqual([127, 0, 50]);
  });

  it('lays transparent pixels on white before resizing, so that their hidden colour does not bleed', async () => {
    const bytes = await pixels(2, 1, 4, [255, 0, 0, 255, 0, 255, 0, 0]).png().toBuffer();
    expect(await decoded(bytes, plan(1, 1, { interpolation: 'box' }))).toEqual([255, 128, 128]);
  });

  it('decodes palettes', async () => {
    const bytes = await pixels(2, 1, 3, [255, 0, 0, 0, 0, 255]).png({ palette: true }).toBuffer();
    expect((await sharp(bytes).metadata()).isPalette).toBe(true);
    expect(await decoded(bytes, plan(1, 2))).toEqual([255, 0, 0, 0, 0, 255]);
  });

  it('decodes 16 bits, with alpha too', async () => {
    const deepPng = (channels: 3 | 4, values: readonly number[]): Promise<Buffer> =>
      sharp(Uint16Array.from(values), { raw: { width: 1, height: 1, channels } })
        .toColourspace('rgb16')
        .png()
        .toBuffer();
    const deep = await deepPng(3, [65535, 32896, 0]);
    expect((await sharp(deep).metadata()).depth).toBe('ushort');
    expect(await decoded(deep)).toEqual([255, 128, 0]);
    const glass = await deepPng(4, [65535, 0, 0, 0]);
    expect(await decoded(glass, plan(1, 1, { background: [10, 200, 30] }))).toEqual([10, 200, 30]);
  });

  it('decodes CMYK to the colours that Pillow makes of it, upright', async () => {
    const bytes = Buffer.from(cmykJpeg, 'base64');
    expect((await sharp(bytes).metadata()).space).toBe('cmyk');
    expect(await decoder.inspect(bytes)).toMatchObject({ width: 8, height: 16 });
    const pixel = await decoded(bytes, plan(16, 8));
    expect(pixel.slice(0, 3)).toEqual([174, 130, 104]);
    expect(pixel.slice(-3)).toEqual([27, 122, 127]);
  });

  it('turns pictures upright as EXIF says', async () => {
    const lying = await pixels(2, 1, 3, [255, 0, 0, 0, 0, 255])
      .withExif({})
      .withMetadata({ orientation: 6 })
      .png()
      .toBuffer();
    expect(await decoder.inspect(lying)).toMatchObject({ width: 1, height: 2 });
    expect(await decoded(lying, plan(2, 1))).toEqual([255, 0, 0, 0, 0, 255]);
  });

  it('takes raw pixels of one to four channels', async () => {
    const at = async (channels: 1 | 2 | 3 | 4, data: readonly number[]): Promise<number[]> => {
      const raw = { width: 1, height: 1, channels, data: Uint8Array.from(data) };
      expect(await decoder.inspect(raw)).toEqual({ format: 'raw', width: 1, height: 1 });
      return [...(await decoder.decode(raw, plan(1, 1, { background: [0, 0, 100] }))).data];
    };
    expect(await at(1, [9])).toEqual([9, 9, 9]);
    expect(await at(2, [9, 0])).toEqual([0, 0, 100]);
    expect(await at(3, [1, 2, 3])).toEqual([1, 2, 3]);
    expect(await at(4, [10, 20, 100, 51])).toEqual([2, 4, 100]);
  });

  it('enlarges a single pixel', async () => {
    const dot = await solid(1, 1, [7, 8, 9]).png().toBuffer();
    const { data } = await decoder.decode(dot, plan(224, 224, { fit: 'crop', resize: 256 }));
    expect(data).toHaveLength(224 * 224 * 3);
    expect([...data.slice(-3)].map(Math.round)).toEqual([7, 8, 9]);
  });

  it('writes what it decoded as PNG', async () => {
    const picture = await decoder.decode(png, plan(5, 6));
    const again = await decoder.decode(await decoder.encodePng(picture), plan(5, 6));
    expect([...again.data]).toEqual([...picture.data].map(Math.round));
  });
});

describe('a renderer of JPEGs', () => {
  const rendering = async (bytes: Uint8Array, renderJpeg: RenderJpeg): Promise<number[]> => {
    const { data } = await sharpDecoder({ cacheBytes: 0, renderJpeg }).decode(bytes, plan(1, 2));
    return [...data].map(Math.round);
  };
  const six = (): Promise<Float32Array> => Promise.resolve(Float32Array.of(1, 2, 3, 4, 5, 6));

  it('stands in the place of sharp, and gets the size and the filters', async () => {
    const bytes = await solid(9, 7, [200, 100, 50]).jpeg().toBuffer();
    const render = vi.fn(six);
    expect(await rendering(bytes, render)).toEqual([1, 2, 3, 4, 5, 6]);
    const jpeg = { bytes, width: 9, height: 7 };
    expect(render).toHaveBeenCalledWith(
      jpeg,
      expect.objectContaining({ count: 1 }),
      expect.objectContaining({ count: 2 }),
    );
  });

  it('is not asked for other formats, nor for what must be turned', async () => {
    const refuse = vi.fn(six);
    expect(await rendering(await solid(2, 1, [9, 9, 9]).png().toBuffer(), refuse)).toEqual([9, 9, 9, 9, 9, 9]);
    await rendering(await solid(2, 1, [9, 9, 9]).withMetadata({ orientation: 3 }).jpeg().toBuffer(), refuse);
    expect(refuse).not.toHaveBeenCalled();
  });

  it('leaves what it refuses to sharp, and too large pictures to neither', async () => {
    const bytes = await solid(2, 1, [0, 0, 0]).jpeg().toBuffer();
    const refuse = (): Promise<Float32Array> => Promise.reject(new Error('no sound JPEG'));
    expect(await rendering(bytes, refuse)).toEqual([0, 0, 0, 0, 0, 0]);
    const render = vi.fn(six);
    await expect(sharpDecoder({ maxPixels: 1, renderJpeg: render }).decode(bytes, plan(1, 2))).rejects.toThrow(
      /must have at most 0.000001 megapixels/,
    );
    expect(render).not.toHaveBeenCalled();
  });
});

describe('bad pictures', () => {
  const messages: Readonly<Record<string, readonly [bytes: Uint8Array, message: RegExp]>> = {
    'an empty file': [new Uint8Array(0), /must not be empty.*0 bytes/],
    'a web page': [
      new TextEncoder().encode('<!DOCTYPE html><html><body>404</body></html>'),
      /begins with "<!DOCTYPE html>.*web page/,
    ],
    'zero bytes': [new Uint8Array(100), /must be PNG, JPEG.*begins with 00 00/],
    'a PNG cut in half': [png.subarray(0, png.length / 2), /complete and undamaged.*png, 596×400/],
    'a PNG cut after its header': [png.subarray(0, 60), /Picture: must be/],
  };

  it.each(Object.entries(messages))('refuses %s, before training and when decoding', async (_, [bytes, message]) => {
    const file = join(folder, 'bad.png');
    await writeFile(file, bytes);
    for (const attempt of [() => decoder.inspect(file), () => decoder.decode(file, plan(2, 2))]) {
      const error = await attempt().catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(DataError);
      expect((error as Error).message).toMatch(message);
      expect((error as Error).message).toContain('bad.png');
    }
    if (bytes.length) await expect(decoder.decode(bytes, plan(2, 2))).rejects.toThrow(/a picture of \d+ bytes/);
  });

  it('refuses a JPEG that ends early', async () => {
    const jpeg = await sharp(png).jpeg().toBuffer();
    await expect(decoder.inspect(jpeg.subarray(0, jpeg.length - 500))).rejects.toThrow(/complete and undamaged/);
  });

  it('accepts a picture with something appended', async () => {
    await expect(decoder.inspect(Buffer.concat([png, Buffer.from('more')]))).resolves.toMatchObject({ width: 596 });
  });

  it('says that a file is missing, or a folder', async () => {
    await expect(decoder.inspect(join(folder, 'none.png'))).rejects.toThrow(/must exist, got file=.*none\.png/);
    await expect(decoder.decode(folder, plan(2, 2))).rejects.toThrow(/must be a file/);
  });

  it('refuses 20,000×20,000 pixels before decoding them', async () => {
    const huge = await solid(8, 8, [255, 255, 255]).png().toBuffer();
    huge.writeUInt32BE(20_000, 16); // a small PNG whose header claims to be huge, with the checksum that belongs to it
    huge.writeUInt32BE(20_000, 20);
    huge.writeUInt32BE(crc32(huge.subarray(12, 29)), 29);
    const start = process.memoryUsage().rss;
    await expect(decoder.decode(huge, plan(2, 2))).rejects.toThrow(
      /at most 64 megapixels, got .* of 20000×20000 = 400 megapixels. Make it smaller, say 8000×8000/,
    );
    expect(process.memoryUsage().rss - start).toBeLessThan(100e6);
  });

  it('refuses too many raw pixels and wrong lengths', async () => {
    const small = sharpDecoder({ maxPixels: 10 });
    const raw = { width: 4, height: 4, channels: 1 as const, data: new Uint8Array(16) };
    await expect(small.decode(raw, plan(1, 1))).rejects.toThrow(/at most 0.00001 megapixels/);
    await expect(decoder.decode({ ...raw, width: 5 }, plan(1, 1))).rejects.toThrow(/=20 bytes, got data=16 bytes/);
    await expect(decoder.inspect(12 as never)).rejects.toThrow(/must be a path.*got number/);
  });
});

describe('cache', () => {
  it('decodes a file once for each plan, and again when it has changed', async () => {
    const caching = sharpDecoder();
    const file = join(folder, 'changing.png');
    await solid(2, 2, [1, 2, 3]).png().toFile(file);
    const first = await caching.decode(file, plan(2, 2));
    expect(await caching.decode(file, plan(2, 2))).toBe(first);
    expect(await caching.decode(file, plan(1, 2))).not.toBe(first);
    await solid(2, 2, [9, 9, 9]).png().toFile(file);
    await utimes(file, new Date(), new Date(Date.now() + 5000));
    expect((await caching.decode(file, plan(2, 2))).data[0]).toBe(9);
  });

  it('knows bytes by their content', async () => {
    const caching = sharpDecoder();
    const bytes = new Uint8Array(await solid(2, 2, [1, 2, 3]).png().toBuffer());
    const first = await caching.decode(bytes, plan(2, 2));
    expect(await caching.decode(bytes.slice(), plan(2, 2))).toBe(first);
  });

  it('drops the pictures that were used least recently, and all on dispose', async () => {
    const caching = sharpDecoder({ cacheBytes: 2 * 12 });
    const pictures = await Promise.all([10, 20, 30].map((grey) => solid(1, 1, [grey, grey, grey]).png().toBuffer()));
    const decode = (i: number) => caching.decode(pictures[i] as Buffer, plan(1, 1));
    const first = await decode(0);
    await decode(1);
    await decode(0);
    await decode(2);
    expect(await decode(0)).toBe(first);
    caching.dispose();
    expect(await decode(0)).not.toBe(first);
  });
});
