import { availableParallelism } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { Budget, ByteCache } from '@tessera/core';
import { sampleTimes, shownAt, type FramePlan } from './clip/framePlan.js';
import { checkRawFrames, isRawFrames, requireEncoded, type RawFrames, type RawVideo } from './clip/rawVideo.js';
import type { VideoDecoder, VideoFrame, VideoInfo } from './clip/videoDecoder.js';
import { animationFrames, openAnimation, sheetOf, type Animation } from './node/animation.js';
import { ffmpegFrames, probeVideo, type FfmpegPrograms } from './node/ffmpegVideo.js';
import { requireWhole } from './node/findTruncation.js';
import { requireFrameSize, stillPicture } from './node/videoErrors.js';
import { familyOf, openVideo, type VideoSource } from './node/videoSource.js';

/** Programs and limits of a {@link NodeVideoDecoder}. */
export interface NodeVideoDecoderOptions {
  /** The ffmpeg program, with ffprobe beside it; TESSERA_FFMPEG or the one on the PATH if left out. */
  readonly ffmpeg?: string;
  /** Pixels a frame may have. Default 64 million. */
  readonly maxPixels?: number;
  /** Bytes of taken frames kept, so that small clips are decoded once; a clip may have an eighth. Default 256 MiB. */
  readonly cacheBytes?: number;
  /** Videos decoded at the same time. Default: as many as there are processors. */
  readonly concurrency?: number;
}

/** A decoder for Node: GIF and animated WebP by sharp, other files by the system's ffmpeg. */
export const nodeVideoDecoder = (options: NodeVideoDecoderOptions = {}): NodeVideoDecoder =>
  new NodeVideoDecoder(options);

/** See {@link nodeVideoDecoder}. */
export class NodeVideoDecoder implements VideoDecoder {
  private readonly programs: FfmpegPrograms;
  private readonly maxPixels: number;
  private readonly cache: ByteCache<readonly VideoFrame[]>;
  private readonly largestClip: number;
  private readonly slots: Budget;
  private readonly closing = new AbortController();

  constructor(options: NodeVideoDecoderOptions = {}) {
    const { maxPixels = 64_000_000, cacheBytes = 256 * 2 ** 20, concurrency = availableParallelism() } = options;
    this.programs = programsOf(options.ffmpeg ?? (process.env['TESSERA_FFMPEG'] || 'ffmpeg'));
    this.maxPixels = maxPixels;
    this.cache = new ByteCache(cacheBytes);
    this.largestClip = cacheBytes / 8;
    this.slots = new Budget(concurrency);
  }

  async inspect(raw: RawVideo): Promise<VideoInfo> {
    if (isRawFrames(raw)) return this.inspectFrames(raw);
    return this.slots.run(1, async () => {
      const source = await openVideo(requireEncoded(raw));
      const animation = await this.animationOf(source);
      if (animation) return animation.info;
      const file = await source.file();
      return this.probe(source, file.path).finally(() => file.remove());
    });
  }

  async *frames(
    raw: RawVideo,
    plan: FramePlan,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<VideoFrame, void, undefined> {
    if (isRawFrames(raw)) {
      yield* this.givenFrames(raw, plan);
      return;
    }
    const source = await openVideo(requireEncoded(raw));
    const key = `${source.key}|${JSON.stringify(plan)}`;
    const known = this.cache.get(key);
    if (known) {
      yield* known;
      return;
    }
    const until = AbortSignal.any([this.closing.signal, ...(signal ? [signal] : [])]);
    yield* this.keep(key, this.decode(source, plan, until));
  }

  sheet(pictures: readonly Uint8Array[], perRow: number): Promise<Uint8Array> {
    return sheetOf(pictures, perRow);
  }

  /** Drops the cached frames and ends the programs that run. */
  dispose(): void {
    this.closing.abort();
    this.cache.clear();
  }

  private inspectFrames(raw: RawFrames): VideoInfo {
    checkRawFrames(raw);
    const { frames, rate } = raw;
    const { width = 0, height = 0 } = frames[0] ?? {};
    for (const frame of frames) requireFrameSize('frames', frame.width, frame.height, this.maxPixels);
    return { format: 'frames', width, height, duration: frames.length / rate };
  }

  private async *givenFrames(raw: RawFrames, plan: FramePlan): AsyncGenerator<VideoFrame, void, undefined> {
    const { duration } = this.inspectFrames(raw);
    const times = sampleTimes(plan, duration);
    const delays = raw.frames.map(() => 1 / raw.rate);
    for (const [i, index] of shownAt(delays, times).entries()) {
      yield { time: times[i] ?? 0, duration, pixels: raw.frames[index] as VideoFrame['pixels'] };
    }
  }

  private async animationOf(source: VideoSource): Promise<Animation | undefined> {
    const family = familyOf(source.head);
    if (family === 'picture') throw stillPicture(source.name);
    await requireWhole(source);
    return family === 'other' ? undefined : openAnimation(source, this.maxPixels);
  }

  private probe(source: VideoSource, path: string): Promise<VideoInfo> {
    return probeVideo(source, path, { programs: this.programs, maxPixels: this.maxPixels });
  }

  /** Decodes as far as the frames are read; a slot is held until then. */
  private async *decode(
    source: VideoSource,
    plan: FramePlan,
    signal: AbortSignal,
  ): AsyncGenerator<VideoFrame, void, undefined> {
    const leave = await this.enterSlot();
    try {
      const animation = await this.animationOf(source);
      yield* animation ? animationFrames(animation, plan, signal) : this.ffmpegFrames(source, plan, signal);
    } finally {
      leave();
    }
  }

  private async *ffmpegFrames(
    source: VideoSource,
    plan: FramePlan,
    signal: AbortSignal,
  ): AsyncGenerator<VideoFrame, void, undefined> {
    const file = await source.file();
    try {
      const info = await this.probe(source, file.path);
      yield* ffmpegFrames(source, file.path, { info, plan, programs: this.programs, signal });
    } finally {
      await file.remove();
    }
  }

  /** Waits for a slot; whoever gets one leaves it again by what this returns. */
  private enterSlot(): Promise<() => void> {
    return new Promise((entered) => void this.slots.run(1, () => new Promise<void>(entered)));
  }

  /** Hands frames on, and keeps them for the next time while they are small. */
  private async *keep(key: string, frames: AsyncIterable<VideoFrame>): AsyncGenerator<VideoFrame, void, undefined> {
    let kept: VideoFrame[] | undefined = [];
    let bytes = 0;
    for await (const frame of frames) {
      bytes += frame.pixels.data.length;
      if (bytes <= this.largestClip) kept?.push(frame);
      else kept = undefined;
      yield frame;
    }
    if (kept) this.cache.set(key, kept, bytes);
  }
}

/** ffprobe is installed beside ffmpeg, under the same kind of name. */
function programsOf(ffmpeg: string): FfmpegPrograms {
  const name = basename(ffmpeg).replace('ffmpeg', 'ffprobe');
  return { ffmpeg, ffprobe: basename(ffmpeg) === ffmpeg ? name : join(dirname(ffmpeg), name) };
}
