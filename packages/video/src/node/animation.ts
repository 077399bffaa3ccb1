// GIF and animated WebP, by sharp: page by page, so that one frame is decoded at a time.
import { DataError } from '@tessera/core';
import type { Metadata } from 'sharp';
import { sampleTimes, shownAt, type FramePlan } from '../clip/framePlan.js';
import type { FramePixels } from '../clip/rawVideo.js';
import type { VideoFrame, VideoInfo } from '../clip/videoDecoder.js';
import { damagedVideo, notVideo, requireFrameSize } from './videoErrors.js';
import { familyOf, type VideoSource } from './videoSource.js';

/** Files are read whole; larger ones are refused. */
const largestFile = 512 * 1024 * 1024;

/** Browsers and ffmpeg show a frame that asks for 10 ms or less, often 0, for 100 ms. */
const leastDelay = 10;
const usualDelay = 100;

/** An opened animation. */
export interface Animation {
  readonly info: VideoInfo;
  /** How long each frame is shown, in seconds. */
  readonly delays: readonly number[];
  /** Decodes one frame. Throws DataError when it cannot be decoded. */
  frame(index: number): Promise<FramePixels>;
}

/** Reads the header of an animation. Throws DataError when it is none, too large or damaged. */
export async function openAnimation(source: VideoSource, maxPixels: number): Promise<Animation> {
  if (source.size > largestFile) {
    const size = `${Math.ceil(source.size / 2 ** 20)} MiB`;
    throw new DataError(
      `Video: a GIF or WebP must be a file of at most 512 MiB, got ${source.name} of ${size}. Convert it to MP4.`,
    );
  }
  const bytes = await source.bytes();
  if (!isComplete(source, bytes)) throw damagedVideo(source.name, 'a GIF ends with the byte 3b, which is not there');
  const { default: sharp } = await import('sharp');
  const metadata = await sharp(bytes, { limitInputPixels: false })
    .metadata()
    .catch((cause: unknown) => {
      throw notVideo(source.name, source.head, firstLine(cause), cause);
    });
  const { format, width } = metadata;
  const height = metadata.pageHeight ?? metadata.height;
  requireFrameSize(source.name, width, height, maxPixels);
  const delays = delaysOf(metadata);
  const duration = delays.reduce((sum, delay) => sum + delay, 0);
  return {
    info: { format, width, height, duration },
    delays,
    frame: (index) => decodePage(bytes, index, { source, maxPixels }),
  };
}

/** libvips takes what there is of a GIF that was cut short; its trailer tells. WebP is checked by libvips. */
function isComplete({ head }: VideoSource, bytes: Uint8Array): boolean {
  if (familyOf(head) !== 'gif') return true;
  const last = bytes.findLast((byte) => byte !== 0);
  return last === 0x3b;
}

function delaysOf({ pages = 1, delay = [] }: Metadata): number[] {
  const milliseconds = (index: number): number => {
    const asked = delay[index] ?? usualDelay;
    return asked > leastDelay ? asked : usualDelay;
  };
  return Array.from({ length: pages }, (_, index) => milliseconds(index) / 1000);
}

async function decodePage(
  bytes: Uint8Array,
  page: number,
  { source, maxPixels }: { readonly source: VideoSource; readonly maxPixels: number },
): Promise<FramePixels> {
  const { default: sharp } = await import('sharp');
  const { data, info } = await sharp(bytes, { page, pages: 1, failOn: 'error', limitInputPixels: maxPixels })
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true })
    .catch((cause: unknown) => {
      throw damagedVideo(source.name, `frame ${page + 1}: ${firstLine(cause)}`, cause);
    });
  const { width, height, channels } = info;
  return { width, height, channels: channels as FramePixels['channels'], data };
}

/** The frames shown at a plan's times; one that is shown at several is decoded once. */
export async function* animationFrames(
  animation: Animation,
  plan: FramePlan,
  signal?: AbortSignal,
): AsyncGenerator<VideoFrame, void, undefined> {
  const { duration } = animation.info;
  const times = sampleTimes(plan, duration);
  let last: { readonly index: number; readonly pixels: FramePixels } | undefined;
  for (const [i, index] of shownAt(animation.delays, times).entries()) {
    signal?.throwIfAborted();
    if (last?.index !== index) last = { index, pixels: await animation.frame(index) };
    yield { time: times[i] ?? 0, duration, pixels: last.pixels };
  }
}

const firstLine = (cause: unknown): string =>
  (cause instanceof Error ? cause.message : String(cause)).split('\n')[0]?.trim() ?? '';

/** Picture files in rows of `perRow`, in the size of the first: a PNG. */
export async function sheetOf(pictures: readonly Uint8Array[], perRow: number): Promise<Uint8Array> {
  const { default: sharp } = await import('sharp');
  const { width, height } = await sharp(pictures[0]).metadata();
  const columns = Math.min(pictures.length, perRow);
  const tiles = await Promise.all(
    pictures.map((picture) => sharp(picture).resize({ width, height, fit: 'fill' }).png().toBuffer()),
  );
  const layers = tiles.map((input, i) => ({
    input,
    top: Math.floor(i / columns) * height,
    left: (i % columns) * width,
  }));
  const size = { width: columns * width, height: Math.ceil(tiles.length / columns) * height };
  return sharp({ create: { ...size, channels: 3, background: '#fff' } })
    .composite(layers)
    .png()
    .toBuffer();
}
