// Where an encoded video comes from: a file, or bytes that are written to one where ffmpeg has to read them.
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describeBytes, describeFile, readStart, unreadableFile, type Encoded } from '@tessera/core/node';

/** An encoded video. */
export interface VideoSource extends Encoded {
  /** The first bytes, which tell the format. */
  readonly head: Uint8Array;
  /** All bytes. */
  bytes(): Promise<Uint8Array>;
  /** Lets `use` read parts: bytes from a place on, fewer where the end comes first. */
  read<T>(use: (part: (at: number, length: number) => Promise<Uint8Array>) => Promise<T>): Promise<T>;
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
  const described = describeFile('Video', path);
  const failed = (cause: unknown): never => {
    throw unreadableFile('Video', described.name, cause);
  };
  return {
    ...described,
    head: await readStart(path, headLength).catch(failed),
    bytes: () => readFile(path).catch(failed),
    read: (use) => readParts(path, use).catch(failed),
    file: () => Promise.resolve({ path: resolve(path), remove: () => Promise.resolve() }),
  };
}

async function readParts<T>(
  path: string,
  use: (part: (at: number, length: number) => Promise<Uint8Array>) => Promise<T>,
): Promise<T> {
  const file = await open(path);
  try {
    return await use(async (at, length) => {
      const { buffer, bytesRead } = await file.read(new Uint8Array(length), 0, length, at);
      return buffer.subarray(0, bytesRead);
    });
  } finally {
    await file.close();
  }
}

const openBytes = (bytes: Uint8Array): VideoSource => ({
  ...describeBytes('Video', bytes),
  head: bytes.subarray(0, headLength),
  bytes: () => Promise.resolve(bytes),
  read: (use) => use((at, length) => Promise.resolve(bytes.subarray(at, at + length))),
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
