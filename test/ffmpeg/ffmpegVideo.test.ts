// Videos by the system's ffmpeg, made by it too. vitest.config.ts leaves this out, and says so, where there is none.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FramePlan, RawVideo } from '@tessera/video';
import { nodeVideoDecoder } from '@tessera/video/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const [width, height] = [32, 16];
const decoder = nodeVideoDecoder({ cacheBytes: 0 });
let folder: string;

/** Frame i is grey of 20 + 10·i. */
const frames = (count: number, size = width * height): Buffer =>
  Buffer.concat(Array.from({ length: count }, (_, i) => Buffer.alloc(size * 3, 20 + 10 * (i % 20))));

/** Encodes grey frames, ten for each second. */
function make(name: string, count: number, options: readonly string[] = []): string {
  const path = join(folder, name);
  const input = ['-f', 'rawvideo', '-pix_fmt', 'rgb24', '-s', `${width}x${height}`, '-r', '10', '-i', 'pipe:0'];
  const made = spawnSync('ffmpeg', ['-v', 'error', '-y', ...input, ...options, path], { input: frames(count) });
  if (made.status !== 0) throw new Error(String(made.stderr));
  return path;
}

async function taken(raw: RawVideo, plan: FramePlan, from = decoder): Promise<number[]> {
  const found: number[] = [];
  for await (const { pixels } of from.frames(raw, plan)) found.push(Math.round(((pixels.data[0] ?? 0) - 20) / 10));
  return found;
}
const uniform = (count: number): FramePlan => ({ kind: 'uniform', count });
/** Processes that read a file of this test. */
const running = (): string[] =>
  readdirSync('/proc').filter((id) => {
    if (!/^\d+$/.test(id)) return false;
    try {
      const command = readFileSync(`/proc/${id}/cmdline`, 'utf8');
      return command.startsWith('ffmpeg\0') && command.includes(folder);
    } catch {
      return false; // it ended meanwhile
    }
  });

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tessera-ffmpeg-'));
});
afterAll(() => {
  decoder.dispose();
  rmSync(folder, { recursive: true });
});

describe.each([
  ['clip.mp4', 'mov', ['-c:v', 'libx264', '-pix_fmt', 'yuv420p', '-bf', '2']],
  ['clip.webm', 'matroska', ['-c:v', 'libvpx', '-b:v', '1M']],
  ['clip.mkv', 'matroska', ['-c:v', 'ffv1']],
  ['clip.avi', 'avi', ['-c:v', 'mjpeg', '-q:v', '1']],
])('%s', (name, format, options) => {
  it('says its size and length', async () => {
    const info = await decoder.inspect(make(name, 20, options));
    expect(info).toMatchObject({ format, width, height });
    expect(info.duration).toBeCloseTo(2, 1);
  });

  it('gives the frames shown at a plan’s times', async () => {
    const path = make(name, 20, options);
    expect(await taken(path, uniform(4))).toEqual([2, 7, 12, 17]);
    expect(await taken(path, uniform(20))).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect(await taken(path, { kind: 'rate', rate: 2, most: 16 })).toEqual([0, 5, 10, 15]);
    expect(await taken(path, { kind: 'rate', rate: 5, most: 3 })).toEqual([0, 2, 4]);
    expect(await taken(readFileSync(path), uniform(2))).toEqual([5, 15]);
  });
});

describe('a video', () => {
  it('whose frames have times of their own is sampled by time', async () => {
    // Frames 0 to 9 at once each 0.1 s, then one each second.
    const path = make('variable.mkv', 12, [
      '-vf',
      "setpts='if(lt(N,10),N/10,N-9)/TB'",
      '-vsync',
      'vfr',
      '-c:v',
      'ffv1',
    ]);
    expect(await taken(path, { kind: 'rate', rate: 2, most: 16 })).toEqual([0, 5, 10, 10, 11]);
  });

  it('that ends before its header says goes on with its last frame', async () => {
    const path = make('sound.mkv', 5, ['-f', 'lavfi', '-i', 'anullsrc=d=1', '-c:v', 'ffv1', '-map', '0', '-map', '1']);
    const found = await taken(path, uniform(4));
    expect(found).toHaveLength(4);
    expect(found.at(-1)).toBe(4);
  });

  it('with other than square pixels is stretched to square ones', async () => {
    const path = make('wide.mkv', 2, ['-vf', 'setsar=2', '-c:v', 'ffv1']);
    for await (const { pixels } of decoder.frames(path, uniform(1))) {
      expect([pixels.width, pixels.height]).toEqual([2 * width, height]);
    }
  });

  it('whose name looks like an option or an address is a file', async () => {
    const bytes = readFileSync(make('plain.mkv', 4, ['-c:v', 'ffv1']));
    const home = process.cwd();
    process.chdir(folder);
    try {
      for (const name of ['-i.mkv', 'concat:a.mkv']) {
        writeFileSync(name, bytes);
        expect(await taken(name, uniform(2))).toEqual([1, 3]);
      }
    } finally {
      process.chdir(home);
    }
  });
});

describe('what cannot be read', () => {
  it.each([
    ['text', Buffer.from('no video at all, only words'), /got a video of 27 bytes, which begins with "no video at all/],
    ['a page', Buffer.from('<!doctype html><p>404'), /That is a web page/],
    ['a playlist', Buffer.from('#EXTM3U\n#EXTINF:1,\n/etc/hostname\n#EXT-X-ENDLIST\n'), /begins with .*Convert it/],
  ])('is refused: %s', async (_, bytes, message) => {
    await expect(decoder.inspect(bytes)).rejects.toThrow(message);
    await expect(taken(bytes, uniform(2))).rejects.toThrow(/^Video: must be/);
  });

  it('is refused when it holds sound alone', async () => {
    const path = join(folder, 'sound.mp4');
    spawnSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', 'sine=d=1', path]);
    await expect(decoder.inspect(path)).rejects.toThrow('it holds no video stream');
  });

  it('is refused when it is cut short', async () => {
    const whole = readFileSync(make('whole.mp4', 40, ['-c:v', 'libx264']));
    await expect(decoder.inspect(whole.subarray(0, whole.length >> 1))).rejects.toThrow(
      'ends early or is damaged: it should have',
    );
    const early = readFileSync(make('early.mp4', 400, ['-c:v', 'mjpeg', '-movflags', '+faststart']));
    await expect(taken(early.subarray(0, early.length >> 1), uniform(8))).rejects.toThrow('ends early or is damaged');
  });

  it.each([
    ['cut.mkv', ['-c:v', 'ffv1'], 'it should have'],
    ['cut.webm', ['-c:v', 'libvpx', '-b:v', '1M'], 'it should have'],
    ['cut.avi', ['-c:v', 'mjpeg', '-q:v', '1'], 'it should have'],
    ['live.mkv', ['-c:v', 'ffv1', '-live', '1'], 'File ended prematurely'],
  ])('is refused when it is cut short near its end: %s', async (name, options, reason) => {
    const whole = readFileSync(make(name, 40, options));
    expect(await taken(whole, uniform(2))).toEqual([10, 10]);
    await expect(taken(whole.subarray(0, Math.floor(whole.length * 0.8)), uniform(2))).rejects.toThrow(reason);
  });

  it('is refused when its frames are too large', async () => {
    const small = nodeVideoDecoder({ maxPixels: 100 });
    await expect(taken(make('large.mkv', 2, ['-c:v', 'ffv1']), uniform(1), small)).rejects.toThrow(
      /at most 0\.0001 megapixels, got file=.*of 32×16/,
    );
  });
});

describe('ffmpeg', () => {
  const long = (): string => {
    const path = join(folder, 'long.mkv');
    const source = 'testsrc=size=640x480:rate=25:duration=20';
    spawnSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', source, '-c:v', 'mpeg4', path]);
    return path;
  };

  it('is stopped by who stops reading, and by an abort', async () => {
    const path = long();
    for await (const { time } of decoder.frames(path, { kind: 'rate', rate: 25, most: 400 })) if (time > 0.1) break;
    expect(running()).toEqual([]);
    const stop = new AbortController();
    const read = async (): Promise<void> => {
      const plan: FramePlan = { kind: 'rate', rate: 25, most: 400 };
      for await (const { time } of decoder.frames(path, plan, { signal: stop.signal })) if (time > 0.1) stop.abort();
    };
    await expect(read()).rejects.toThrow(/abort/i);
    expect(running()).toEqual([]);
  });

  it('waits for its reader, so that memory does not grow with the video', async () => {
    const path = long(); // 400 frames of 0.9 MB
    let most = 0;
    const before = process.memoryUsage().arrayBuffers;
    for await (const { time } of decoder.frames(path, { kind: 'rate', rate: 25, most: 400 })) {
      if (time > 0.5) {
        await new Promise((go) => setTimeout(go, 300)); // time enough for a pipe that nobody holds back
        most = process.memoryUsage().arrayBuffers - before;
        break;
      }
    }
    expect(most).toBeLessThan(30 * 640 * 480 * 3);
  });
});
