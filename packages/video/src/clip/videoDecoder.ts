import { token } from '@tessera/core';
import type { FramePlan } from './framePlan.js';
import type { FramePixels, RawVideo } from './rawVideo.js';

/** What a video's header says. */
export interface VideoInfo {
  /** `gif`, `webp`, or as ffmpeg names it, such as `mov`; `frames` for decoded ones. */
  readonly format: string;
  readonly width: number;
  readonly height: number;
  /** Seconds. */
  readonly duration: number;
}

/** A frame of a plan. */
export interface VideoFrame {
  /** The time it was asked for, in seconds from the start. */
  readonly time: number;
  /** End of the whole video, in seconds. */
  readonly duration: number;
  /** Borrowed: never write to it. The same object stands where a frame is shown at several times of the plan. */
  readonly pixels: FramePixels;
}

/** Decodes videos. On Node, `nodeVideoDecoder()` of `@tessera/video/node` is one. */
export interface VideoDecoder {
  /** Reads a video's header only. Throws DataError when it is missing, no video, too large, or nothing can read it. */
  inspect(raw: RawVideo): Promise<VideoInfo>;
  /**
   * The frames shown at a plan's times, one after the other. Nothing is decoded ahead of the reader but what a pipe
   * holds; who stops reading, or aborts, ends the decoding.
   * @throws DataError that names the file and what is wrong with it
   */
  frames(raw: RawVideo, plan: FramePlan, options?: { readonly signal?: AbortSignal }): AsyncIterable<VideoFrame>;
  /** Pictures (files) of one size in rows of `perRow`, for reports: a PNG. */
  sheet(pictures: readonly Uint8Array[], perRow: number): Promise<Uint8Array>;
}

/** Token of the {@link VideoDecoder}. */
export const videoDecoder = token<VideoDecoder>('tessera.VideoDecoder', 'a decoder of videos');
