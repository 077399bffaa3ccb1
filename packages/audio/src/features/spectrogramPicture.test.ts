import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { spectrogramPicture } from './spectrogramPicture.js';

/** What a decoder of PNG files makes of it. */
const decoded = (file: Uint8Array) => sharp(file).toColourspace('b-w').raw().toBuffer({ resolveWithObject: true });

describe('spectrogramPicture', () => {
  it('has time from left to right and low frequencies at the bottom', async () => {
    const picture = spectrogramPicture(Float32Array.of(0, 0.5, 1, 0, 0, 0.25), 2); // 3 frames of 2 bins
    const { data, info } = await decoded(picture);
    expect(info).toMatchObject({ width: 3, height: 2, channels: 1 });
    expect([...data]).toEqual([127, 255, 191, 255, 0, 255]);
    expect((await sharp(picture).metadata()).format).toBe('png');
  });

  it('shows a long sound in few columns, and one of a single value', async () => {
    const { data, info } = await decoded(spectrogramPicture(new Float32Array(3000 * 4).fill(2), 4));
    expect(info).toMatchObject({ width: 375, height: 4 });
    expect(data.every((shade) => shade === 255)).toBe(true);
  });

  it('holds more pixels than a block of its data stream', async () => {
    const ramp = Float32Array.from({ length: 400 * 200 }, (_, i) => i % 256);
    const { data, info } = await decoded(spectrogramPicture(ramp, 200));
    expect(info).toMatchObject({ width: 400, height: 200 });
    expect([data[199 * 400], data[198 * 400], data[199 * 400 + 1]]).toEqual([255, 254, 55]);
  });
});
