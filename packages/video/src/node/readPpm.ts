import type { FramePixels } from '../clip/rawVideo.js';

const newline = 0x0a;
/** `P6`, sizes and 255, each line ended: more is no header of ffmpeg's. */
const longestHeader = 64;

/**
 * The frames of a stream of PPM pictures (Netpbm P6), which is raw RGB behind a line of sizes. Reads on only when the
 * next frame is asked for, and holds one frame; one that the stream's end cuts short is left out.
 */
export async function* readPpm(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<FramePixels, void, undefined> {
  let header: number[] = [];
  let frame: FramePixels | undefined;
  let filled = 0;
  for await (const chunk of chunks) {
    let at = 0;
    while (at < chunk.length) {
      if (!frame) {
        header.push(chunk[at++] as number);
        frame = parseHeader(header);
        continue;
      }
      const taken = Math.min(frame.data.length - filled, chunk.length - at);
      frame.data.set(chunk.subarray(at, at + taken), filled);
      filled += taken;
      at += taken;
      if (filled < frame.data.length) continue;
      const whole = frame;
      [header, frame, filled] = [[], undefined, 0];
      yield whole;
    }
  }
}

/** An empty frame of the header's sizes, once the header is complete. */
function parseHeader(bytes: readonly number[]): FramePixels | undefined {
  if (bytes.at(-1) !== newline || bytes.filter((byte) => byte === newline).length < 3) {
    if (bytes.length > longestHeader) throw new Error('not a stream of PPM pictures');
    return undefined;
  }
  const sizes = /^P6\n(\d+) (\d+)\n255\n$/.exec(String.fromCharCode(...bytes));
  if (!sizes) throw new Error('not a stream of PPM pictures of 8 bits');
  const [width, height] = [Number(sizes[1]), Number(sizes[2])];
  return { width, height, channels: 3, data: new Uint8Array(width * height * 3) };
}
