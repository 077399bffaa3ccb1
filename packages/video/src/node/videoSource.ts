// Where an encoded video comes from: a file, or bytes that are written to one where ffmpeg has to read them.
import { createHash } from 'node:crypto';
import { mkdtemp, open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { DataError } from '@tessera/core';

/** An encoded video. */
export interface VideoSource {
  /** For messages: `file=cat.mp4`. */
  readonly name: string;
  /** Changes when the content does. */
  readonly key: string;
  readonly size: number;
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
  const name = `file=${path}`;
  const failed = (cause: unknown): never => {
    const { code } = cause as NodeJS.ErrnoException;
    const missing = code === 'ENOENT' || code === 'ENOTDIR';
    throw new DataError(
      missing
        ? `Video: the file must exist, got ${name}. Check the path; relative paths start from the data file's folder.`
        : `Video: the file must be readable, got ${name} (${code}). Check its permissions.`,
      { cause },
    );
  };
  const status = await stat(path).catch(failed);
  if (!status.isFile()) throw new DataError(`Video: must be a file, got ${name}, which is a folder or device.`);
  requireContent(name, status.size);
  return {
    name,
    key: `${resolve(path)}|${status.mtimeMs}|${status.size}`,
    size: status.size,
    head: await readHead(path).catch(failed),
    read: () => readFile(path).catch(failed),
    file: () => Promise.resolve({ path: resolve(path), remove: () => Promise.resolve() }),
  };
}

function openBytes(bytes: Uint8Array): VideoSource {
  requireContent('a video', bytes.length);
  return {
    name: `a video of ${bytes.length} bytes`,
    key: createHash('sha1').update(bytes).digest('base64'),
    size: bytes.length,
    head: bytes.subarray(0, headLength),
    read: () => Promise.resolve(bytes),
    file: () => temporaryFile(bytes),
  };
}

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

function requireContent(name: string, size: number): void {
  if (size === 0) throw new DataError(`Video: must not be empty, got ${name} of 0 bytes. Save or download it again.`);
}

async function readHead(path: string): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const buffer = new Uint8Array(headLength);
    const { bytesRead } = await file.read(buffer, 0, headLength, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
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
