// Videos by the system's ffmpeg, as programs of their own.
import { evenTimes, type FramePlan } from '../clip/framePlan.js';
import type { VideoFrame, VideoInfo } from '../clip/videoDecoder.js';
import { childOutput, childText, ProgramFailure } from './childOutput.js';
import { readPpm } from './readPpm.js';
import { damagedVideo, notVideo, requireFrameSize, withoutFfmpeg } from './videoErrors.js';
import type { VideoSource } from './videoSource.js';

/** The programs. */
export interface FfmpegPrograms {
  readonly ffmpeg: string;
  readonly ffprobe: string;
}

/**
 * Containers that are read. A playlist is none of them: it could name other files of this machine, or addresses. `file`
 * alone may be opened for the same reason.
 */
const containers =
  'mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpeg,mpegts,mpegvideo,flv,ogg,asf,apng,h264,hevc,ivf,m4v,mxf,nut,rm,wtv,y4m,yuv4mpegpipe,dv,gif';
const guarded = ['-v', 'error', '-protocol_whitelist', 'file', '-format_whitelist', containers];

/** What ffprobe says of the file. */
interface Probe {
  readonly streams?: readonly {
    readonly width?: number;
    readonly height?: number;
    readonly duration?: string;
    readonly tags?: Readonly<Record<string, string>>;
  }[];
  readonly format?: { readonly format_name?: string; readonly duration?: string };
}

/** Reads a video's header. Throws DataError for what is no video, has no picture or too large ones, or without ffmpeg. */
export async function probeVideo(
  source: VideoSource,
  path: string,
  { programs, maxPixels }: { readonly programs: FfmpegPrograms; readonly maxPixels: number },
): Promise<VideoInfo> {
  const show = 'stream=width,height,duration:stream_tags=DURATION:format=format_name,duration';
  const text = await runProbe(source, programs, ['-show_entries', show, '-of', 'json', `file:${path}`]);
  const { streams = [], format } = JSON.parse(text) as Probe;
  const [stream] = streams;
  if (!stream?.width || !stream.height) throw notVideo(source.name, source.head, 'it holds no video stream');
  requireFrameSize(source.name, stream.width, stream.height, maxPixels);
  const duration =
    secondsOf(stream.duration) ??
    secondsOf(stream.tags?.['DURATION']) ??
    secondsOf(format?.duration) ??
    (await measureDuration(source, path, programs));
  const name = format?.format_name?.split(',')[0] ?? 'video';
  return { format: name, width: stream.width, height: stream.height, duration };
}

async function runProbe(source: VideoSource, { ffprobe }: FfmpegPrograms, args: readonly string[]): Promise<string> {
  try {
    return await childText(ffprobe, [...guarded, '-select_streams', 'V:0', ...args]);
  } catch (cause) {
    if (isAbsent(cause)) throw withoutFfmpeg(source.name, ffprobe, cause);
    if (!(cause instanceof ProgramFailure)) throw cause;
    throw notVideo(source.name, source.head, reasonOf(cause), cause);
  }
}

/** `2.04`, or hours, minutes and seconds; undefined for what is no positive time. */
function secondsOf(text: string | undefined): number | undefined {
  const seconds = text?.split(':').reduce((total, part) => total * 60 + Number(part), 0);
  return seconds !== undefined && Number.isFinite(seconds) && seconds > 0 ? seconds : undefined;
}

/** The end of the last frame, by going through the file without decoding it. */
async function measureDuration(source: VideoSource, path: string, { ffprobe }: FfmpegPrograms): Promise<number> {
  const entries = ['-show_entries', 'packet=pts_time,dts_time,duration_time', '-of', 'csv=p=0'];
  const args = [...guarded, '-select_streams', 'V:0', ...entries, `file:${path}`];
  let [first, end] = [Infinity, -Infinity];
  try {
    for await (const line of linesOf(childOutput(ffprobe, args, { fatal: cutShort }))) {
      const [shown, decoded, length] = line.split(',').map(Number);
      const at = Number.isFinite(shown) ? shown : decoded;
      if (at === undefined || !Number.isFinite(at)) continue;
      first = Math.min(first, at);
      end = Math.max(end, at + (Number.isFinite(length) ? (length as number) : 0));
    }
  } catch (cause) {
    if (!(cause instanceof ProgramFailure)) throw cause;
    throw damagedVideo(source.name, reasonOf(cause), cause);
  }
  if (end < first) throw notVideo(source.name, source.head, 'it holds no frames');
  return Math.max(end - first, 1e-3);
}

/** What is written, line by line; each ends with a newline. */
async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, undefined> {
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}

/**
 * The frames shown at a plan's times. ffmpeg picks them, so that only those pass through the pipe; where the video ends
 * before its header says, its last frame stands for the rest.
 */
export async function* ffmpegFrames(
  source: VideoSource,
  path: string,
  request: {
    readonly info: VideoInfo;
    readonly plan: FramePlan;
    readonly programs: FfmpegPrograms;
    readonly signal?: AbortSignal | undefined;
  },
): AsyncGenerator<VideoFrame, void, undefined> {
  const { info, plan, programs, signal } = request;
  const { start, step, count } = evenTimes(plan, info.duration);
  const args = [...inputOf(path), '-vf', filterOf(start, step), '-frames:v', String(count), ...outputAsPpm];
  const frameAt = (index: number, pixels: VideoFrame['pixels']): VideoFrame => ({
    time: start + index * step,
    duration: info.duration,
    pixels,
  });
  let last: VideoFrame['pixels'] | undefined;
  let index = 0;
  try {
    for await (const pixels of readPpm(childOutput(programs.ffmpeg, args, { signal, fatal: cutShort }))) {
      last = pixels;
      yield frameAt(index++, pixels);
      if (index === count) return;
    }
  } catch (cause) {
    if (isAbsent(cause)) throw withoutFfmpeg(source.name, programs.ffmpeg, cause);
    if (!(cause instanceof ProgramFailure)) throw cause;
    throw damagedVideo(source.name, reasonOf(cause), cause);
  }
  if (!last) throw damagedVideo(source.name, 'no frame could be decoded');
  for (; index < count; index++) yield frameAt(index, last);
}

/** What ffmpeg says of a Matroska file whose end is missing, and goes on. */
const cutShort = /ended prematurely/;

const inputOf = (path: string): string[] => [
  ...['-nostdin', '-xerror', ...guarded, '-i', `file:${path}`],
  ...['-map', '0:V:0', '-an', '-sn', '-dn'],
];
const outputAsPpm = ['-f', 'image2pipe', '-c:v', 'ppm', 'pipe:1'];

/**
 * The frame shown at `start` and every `step` seconds after it: `fps` with times rounded up gives at each tick the last
 * frame that began before, the very last one too, since copies of it follow. Frames are numbered anew, so that no gap is filled, and given square pixels.
 */
const filterOf = (start: number, step: number): string =>
  [
    'settb=AVTB', // microseconds: fps would round `start_time` to the file's own unit
    'setpts=PTS-STARTPTS',
    `tpad=stop_mode=clone:stop_duration=${step.toFixed(9)}`,
    `fps=fps=1/${step.toFixed(9)}:start_time=${start.toFixed(9)}:round=up`,
    'setpts=N/FRAME_RATE/TB',
    "scale=w='max(1,round(iw*sar))':h=ih:flags=bicubic+accurate_rnd+full_chroma_int",
    'setsar=1',
    'format=rgb24',
  ].join(',');

/** Whether there is no such program, or what is there may not be run. */
const isAbsent = (error: unknown): boolean =>
  ['ENOENT', 'EACCES', 'ENOTDIR'].includes((error as NodeJS.ErrnoException | undefined)?.code ?? '');

/** That a container is none of those above says nothing to a user beside the rule, which names them. */
const reasonOf = ({ message }: Error): string =>
  message.startsWith('Format not on whitelist') ? '' : message.replace(/\.$/, '');
