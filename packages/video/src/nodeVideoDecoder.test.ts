// What needs no ffmpeg: animations by sharp, decoded frames, and the messages. test/ffmpeg has the rest.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FramePlan } from './clip/framePlan.js';
import type { FramePixels, RawVideo } from './clip/rawVideo.js';
import { nodeVideoDecoder, type NodeVideoDecoder } from './nodeVideoDecoder.js';

const [width, height] = [8, 6];
/** Frame i is grey of 30·i. */
const shades = (count: number): number[] => Array.from({ length: count }, (_, i) => 30 * i);
const grey = (shade: number, size = width * height): Uint8Array => new Uint8Array(size * 3).fill(shade);

/** Pictures one above the other, as sharp takes the frames of an animation. */
const animation = (delay: readonly number[]): Sharp => {
  const data = Buffer.concat(shades(delay.length).map((shade) => grey(shade)));
  return sharp(data, { raw: { width, height: height * delay.length, channels: 3, pageHeight: height } });
};
const gif = (delay: number[]): Promise<Buffer> => animation(delay).gif({ delay, loop: 0 }).toBuffer();
const webp = (delay: number[]): Promise<Buffer> => animation(delay).webp({ delay, loop: 0, lossless: true }).toBuffer();

let folder: string;
let decoder: NodeVideoDecoder;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tessera-video-test-'));
  decoder = nodeVideoDecoder({ ffmpeg: '/no/such/ffmpeg' });
});
afterAll(() => {
  decoder.dispose();
  rmSync(folder, { recursive: true });
});

/** Which frames a plan takes, by their shade. */
async function taken(raw: RawVideo, plan: FramePlan, from = decoder): Promise<number[]> {
  const found: number[] = [];
  for await (const { pixels } of from.frames(raw, plan)) found.push(Math.round((pixels.data[0] ?? 0) / 30));
  return found;
}
const uniform = (count: number): FramePlan => ({ kind: 'uniform', count });

describe.each([
  ['gif', gif],
  ['webp', webp],
] as const)('an animated %s', (format, make) => {
  it('says its size and how long it is', async () => {
    const info = await decoder.inspect(await make([100, 200, 300]));
    expect(info).toMatchObject({ format, width, height });
    expect(info.duration).toBeCloseTo(0.6);
  });

  it('shows each frame for its own delay', async () => {
    const bytes = await make([100, 500, 200, 200]); // changes at 0.1, 0.6 and 0.8 s of 1
    expect(await taken(bytes, uniform(10))).toEqual([0, 1, 1, 1, 1, 1, 2, 2, 3, 3]);
    expect(await taken(bytes, { kind: 'rate', rate: 4, most: 32 })).toEqual([0, 1, 1, 2]);
    expect(await taken(bytes, { kind: 'rate', rate: 4, most: 2 })).toEqual([0, 1]);
  });

  it('gives a frame that is shown at several times once', async () => {
    const pixels: FramePixels[] = [];
    for await (const frame of decoder.frames(await make([100, 100]), uniform(6))) pixels.push(frame.pixels);
    expect(new Set(pixels).size).toBe(2);
    expect(pixels[0]?.width).toBe(width);
  });

  it('is read from a file as from bytes, and again when the file has changed', async () => {
    const path = join(folder, `clip.${format}`);
    writeFileSync(path, await make([100, 100]));
    expect(await taken(path, uniform(2))).toEqual([0, 1]);
    writeFileSync(path, await make([100, 100, 100, 100]));
    expect(await taken(path, uniform(2))).toEqual([1, 3]);
  });

  it('is refused when it is cut short', async () => {
    const noise = Uint8Array.from({ length: 64 * 64 * 4 * 3 }, (_, i) => Math.imul(i + 1, 2654435761) >>> 24);
    const raw = { width: 64, height: 256, channels: 3 as const, pageHeight: 64 };
    const picture = sharp(noise, { raw });
    const whole = await (format === 'gif' ? picture.gif() : picture.webp({ lossless: true })).toBuffer();
    const cut = whole.subarray(0, whole.length >> 1);
    await expect(taken(cut, uniform(8))).rejects.toThrow(/^Video: must be .*got a video of \d+ bytes/);
  });
});

describe('an animation', () => {
  it('shows frames that ask for 10 ms or less for 100 ms, as browsers do', async () => {
    const { duration } = await decoder.inspect(await gif([10, 100, 20]));
    expect(duration).toBeCloseTo(0.22);
  });

  it('of one frame is a video of one frame', async () => {
    const still = await sharp(grey(60), { raw: { width, height, channels: 3 } })
      .gif()
      .toBuffer();
    expect(await taken(still, uniform(3))).toEqual([2, 2, 2]);
  });

  it('is refused when its frames are too large, before one is decoded', async () => {
    const small = nodeVideoDecoder({ maxPixels: 40 });
    await expect(small.inspect(await gif([100, 100]))).rejects.toThrow('a video of');
    await expect(taken(await gif([100, 100]), uniform(1), small)).rejects.toThrow(/at most 0\.00004 megapixels/);
  });

  it('shows the pictures of its frames in rows', async () => {
    const picture = await sharp(grey(60), { raw: { width, height, channels: 3 } })
      .png()
      .toBuffer();
    const sheet = async (perRow: number) => sharp(await decoder.sheet([picture, picture, picture], perRow)).metadata();
    expect(await sheet(8)).toMatchObject({ format: 'png', width: 3 * width, height });
    expect(await sheet(2)).toMatchObject({ width: 2 * width, height: 2 * height });
  });
});

describe('frames that are decoded already', () => {
  const frames = shades(4).map((shade) => ({ width, height, channels: 3 as const, data: grey(shade) }));

  it('are taken at their rate', async () => {
    expect(await taken({ frames, rate: 2 }, uniform(4))).toEqual([0, 1, 2, 3]);
    expect(await taken({ frames, rate: 2 }, uniform(2))).toEqual([1, 3]);
    expect(await taken({ frames, rate: 2 }, { kind: 'rate', rate: 1, most: 9 })).toEqual([0, 2]);
  });

  it.each([
    [
      { frames: 'clip.gif' as never, rate: 2 },
      'frames must be a list of { width, height, channels, data }, got string',
    ],
    [{ frames: [...frames, {} as FramePixels], rate: 2 }, `got frame ${frames.length + 1} with width=undefined`],
    [{ frames: [{ width: 2, height: 2, channels: 3 as const, data: new Uint8Array(5) }], rate: 2 }, 'data=5 bytes'],
    [{ frames: [], rate: 2 }, 'must have one frame or more, got frames=[]'],
    [{ frames, rate: 0 }, 'got rate=0'],
  ])('are refused where there are none, one is no picture, or there is no time', async (raw, message) => {
    await expect(taken(raw, uniform(2))).rejects.toThrow(message);
  });
});

describe('what is no video', () => {
  it.each([
    [42 as never, 'got 42. Give one of these'],
    [{ path: 'a' } as never, 'got an object'],
    [new Uint8Array(), 'must not be empty'],
    ['no/such.gif', 'the file must exist, got file=no/such.gif'],
    [tmpdir(), 'which is a folder or device'],
    [new TextEncoder().encode('GIF89a and then nothing;'), 'which begins with "GIF89a'],
  ])('is refused: %#', async (raw: RawVideo, message) => {
    await expect(decoder.inspect(raw)).rejects.toThrow(message);
  });

  it('is refused when it is a still picture', async () => {
    const png = await sharp(grey(0), { raw: { width, height, channels: 3 } })
      .png()
      .toBuffer();
    await expect(decoder.inspect(png)).rejects.toThrow('a still picture. Give it to an encoder of images');
  });
});

describe('without ffmpeg', () => {
  it('says what can be read without, and how to get it', async () => {
    const mp4 = Buffer.from('\0\0\0\x18ftypmp42\0\0\0\0mp42isom', 'latin1');
    for (const attempt of [() => decoder.inspect(mp4), () => taken(mp4, uniform(2))]) {
      await expect(attempt()).rejects.toThrow(
        /only GIF, animated WebP and decoded frames can be read without ffmpeg, got a video of 24 bytes, and no program "\/no\/such\/ffprobe" is here.*apt install ffmpeg.*TESSERA_FFMPEG/,
      );
    }
  });

  it('says when what is named is no program', async () => {
    const mp4 = Buffer.from('\0\0\0\x18ftypmp42\0\0\0\0mp42isom', 'latin1');
    for (const name of ['ffmpeg', 'ffprobe']) writeFileSync(join(folder, name), 'text', { mode: 0o644 });
    const unready = nodeVideoDecoder({ ffmpeg: join(folder, 'ffmpeg') });
    const refusal = expect.objectContaining({
      name: 'DataError',
      message: expect.stringMatching(/ffprobe" is no program that may be run\. Install ffmpeg/),
    });
    await expect(unready.inspect(mp4)).rejects.toEqual(refusal);
    await expect(taken(mp4, uniform(2), unready)).rejects.toEqual(refusal);
    unready.dispose();
  });
});

describe('reading', () => {
  it('stops with an abort', async () => {
    const stop = new AbortController();
    const read = async (): Promise<number> => {
      let count = 0;
      for await (const _ of decoder.frames(await gif([90, 90, 90]), uniform(3), { signal: stop.signal })) {
        count++;
        stop.abort();
      }
      return count;
    };
    await expect(read()).rejects.toThrow(/abort/i);
  });

  it('leaves its slot when it stops early', async () => {
    const one = nodeVideoDecoder({ concurrency: 1, cacheBytes: 0 });
    const bytes = await gif([100, 100, 100]);
    for (let round = 0; round < 3; round++) {
      for await (const { time } of one.frames(bytes, uniform(3))) if (time > 0) break;
    }
    expect(await taken(bytes, uniform(3), one)).toEqual([0, 1, 2]);
  });
});
