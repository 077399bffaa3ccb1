// Where an encoded video comes from: a file, or bytes that are written to one where ffmpeg has to read them.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describeBytes, describeFile, readStart, unreadableFile, type Encoded } from '@tessera/core/node';

/** An encoded video. */
export interface VideoSource extends Encoded {
  /** The first bytes, which tell the format. */
  readonly head: Uint8Array;
  /** All bytes. */
  read(): Promise<Uint8Array>;
  /** A file that holds the video. */
  file(): Promise<VideoFile>;
}

/** A file that holds a video. */
export interface VideoFile {
  readonly path: string;
  /** Removes the file if it was made for this. */
  remove(): Promise<void>;
}

const headLength = 64;

/** Opens a path or bytes. Throws DataError when the file is missing, no file, empty or not readable. */
export const openVideo = (raw: string | Uint8Array): Promise<VideoSource> =>
  typeof raw === 'string' ? openFile(raw) : Promise.resolve(openBytes(raw));

async function openFile(path: string): Promise<VideoSource> {
  const described = await describeFile('Video', path);
  const failed = (cause: unknown): never => {
    throw unreadableFile('Video', described.name, cause);
  };
  return {
    ...described,
    head: await readStart(path, headLength).catch(failed),
    read: () => readFile(path).catch(failed),
    file: () => Promise.resolve({ path: resolve(path), remove: () => Promise.resolve() }),
  };
}

const openBytes = (bytes: Uint8Array): VideoSource => ({
  ...describeBytes('Video', bytes),
  head: bytes.subarray(0, headLength),
  read: () => Promise.resolve(bytes),
  file: () => temporaryFile(bytes),
});

async function temporaryFile(bytes: Uint8Array): Promise<VideoFile> {
  const folder = await mkdtemp(join(tmpdir(), 'tessera-video-'));
  const path = join(folder, 'video');
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  await writeFile(path, bytes).catch(async (error: unknown) => {
    await remove();
    throw error;
  });
  return { path, remove };
}

/** Who reads a video: sharp reads animations, ffmpeg everything else but pictures. */
export type VideoFamily = 'gif' | 'webp' | 'picture' | 'other';

/** The family that the first bytes tell. */
export function familyOf(head: Uint8Array): VideoFamily {
  const text = String.fromCharCode(...head.subarray(0, 12));
  if (text.startsWith('GIF8')) return 'gif';
  if (text.startsWith('RIFF') && text.endsWith('WEBP')) return 'webp';
  if (text.startsWith('\x89PNG') && !hasAnimation(head)) return 'picture';
  return text.startsWith('\xff\xd8\xff') || text.startsWith('BM') ? 'picture' : 'other';
}

/** Whether a PNG is an animated one, whose control chunk stands before its first pixels. */
const hasAnimation = (head: Uint8Array): boolean => String.fromCharCode(...head).includes('acTL');
