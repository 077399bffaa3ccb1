// JPEGs by TensorFlow's libjpeg-turbo and the filters in C++, beside sharp and the filters in WebAssembly.
import { openBackend, type PictureRenderer } from '@tessera/backends';
import { sharpDecoder } from '@tessera/vision/node';
import sharp, { type JpegOptions } from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';

type Plan = Parameters<ReturnType<typeof sharpDecoder>['decode']>[1];
const plan: Plan = {
  size: [60, 60],
  fit: 'crop',
  resize: 68,
  region: 'centre',
  interpolation: 'bilinear',
  antialias: true,
  background: [255, 255, 255],
};
const bySharp = sharpDecoder({ cacheBytes: 0 });
let render: PictureRenderer;
beforeAll(async () => {
  render = (await openBackend({ backend: 'native' })).pictures as PictureRenderer;
});

const fixture = sharp('test/fixtures/image_596x400.png').resize(301, 203);
const jpegOf = (options: JpegOptions): Promise<Buffer> => fixture.clone().flatten().jpeg(options).toBuffer();

/** The largest difference in grey levels, with native TensorFlow rendering every picture. */
async function difference(bytes: Uint8Array, chosen: Plan): Promise<number> {
  let rendered = 0;
  const native = sharpDecoder({
    cacheBytes: 0,
    renderJpeg: async (...args) => {
      const values = await render(...args);
      rendered++;
      return values;
    },
  });
  const [ours, theirs] = [await native.decode(bytes, chosen), await bySharp.decode(bytes, chosen)];
  expect(rendered).toBe(1);
  expect([ours.height, ours.width, ours.data.length]).toEqual([theirs.height, theirs.width, theirs.data.length]);
  return ours.data.reduce((most, value, i) => Math.max(most, Math.abs(value - (theirs.data[i] ?? NaN))), 0);
}

describe('pictures on native TensorFlow', () => {
  it.each<[string, JpegOptions]>([
    ['4:2:0', {}],
    ['4:4:4', { chromaSubsampling: '4:4:4' }],
    ['progressive', { progressive: true }],
    ['coarse', { quality: 20 }],
  ])('are those of sharp: %s', async (_, options) => {
    const bytes = await jpegOf(options);
    for (const changes of [
      {},
      { fit: 'stretch' },
      { region: 'whole' },
      { interpolation: 'bicubic' },
      { size: [16, 100] },
    ] as const) {
      expect(await difference(bytes, { ...plan, ...changes })).toBeLessThan(1e-3);
    }
  });

  it('are grey where the JPEG is', async () => {
    const bytes = await fixture.clone().flatten().greyscale().jpeg().toBuffer();
    expect(await difference(bytes, plan)).toBeLessThan(1e-3);
  });

  it('are refused where the filters do not fit the picture', async () => {
    const bytes = await jpegOf({});
    const axis = {
      count: 1,
      starts: Int32Array.of(300),
      lengths: Int32Array.of(4),
      weights: new Float32Array(4),
      stride: 4,
    };
    await expect(render({ bytes, width: 301, height: 203 }, axis, axis)).rejects.toThrow(/filters do not fit/);
    await expect(render({ bytes, width: 400, height: 400 }, axis, axis)).rejects.toThrow(/no sound JPEG/);
  });
});
