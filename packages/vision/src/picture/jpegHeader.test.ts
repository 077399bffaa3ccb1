import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { plainJpegSize } from './jpegHeader.js';

const picture = sharp({ create: { width: 30, height: 20, channels: 3, background: 'red' } });
const size = { width: 30, height: 20 };

describe('plainJpegSize', () => {
  it('tells the size of baseline, progressive and grey JPEGs', async () => {
    expect(plainJpegSize(await picture.clone().jpeg().toBuffer())).toEqual(size);
    expect(plainJpegSize(await picture.clone().jpeg({ progressive: true }).toBuffer())).toEqual(size);
    expect(plainJpegSize(await picture.clone().greyscale().jpeg().toBuffer())).toEqual(size);
  });

  it('tells it beside Exif that asks for no rotation', async () => {
    const exif = { IFD0: { Copyright: 'nobody' } };
    expect(plainJpegSize(await picture.clone().withExif(exif).jpeg().toBuffer())).toEqual(size);
    expect(plainJpegSize(await picture.clone().withMetadata({ orientation: 1 }).jpeg().toBuffer())).toEqual(size);
  });

  it('leaves pictures to be turned, four inks, other formats and cut files to others', async () => {
    const turned = await picture.clone().withMetadata({ orientation: 6 }).jpeg().toBuffer();
    const inks = await picture.clone().toColourspace('cmyk').jpeg().toBuffer();
    const png = await picture.clone().png().toBuffer();
    const whole = await picture.clone().jpeg().toBuffer();
    for (const bytes of [turned, inks, png, new Uint8Array(0)]) expect(plainJpegSize(bytes)).toBeUndefined();
    for (let length = 0; length < whole.length; length++) {
      expect(plainJpegSize(whole.subarray(0, length))).toBeUndefined();
      const ended = Uint8Array.of(...whole.subarray(0, length), 0xff, 0xd9);
      expect([undefined, JSON.stringify(size)]).toContain(JSON.stringify(plainJpegSize(ended)));
    }
  });
});
