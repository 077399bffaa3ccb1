// Where the bytes of an encoded picture come from: a file or memory. Files are read here rather than by libvips, whose
// own file cache would not notice that a file has changed, and which reads brackets in a name as options.
import { open, readFile } from 'node:fs/promises';
import { DataError } from '@tessera/core';
import { describeBytes, describeFile, nameOfBytes, type Encoded } from '@tessera/core/node';

/** Larger files are refused before they are read. */
const largestFile = 512 * 1024 * 1024;
/** Enough for the header of nearly every picture, and all of a small one. */
const headLength = 128 * 1024;
const tailLength = 64;

/** The first and last bytes of a picture. */
export interface PictureEnds {
  readonly head: Uint8Array;
  readonly tail: Uint8Array;
  readonly size: number;
}

/** An encoded picture. */
export interface PictureSource extends Omit<Encoded, 'size'> {
  /** All bytes. */
  read(): Promise<Uint8Array>;
  /** The beginning and the end. */
  readEnds(): Promise<PictureEnds>;
}

/** Opens a path or bytes. Throws DataError when the file is missing, no file, empty or larger than 512 MiB. */
export async function openPicture(raw: string | Uint8Array): Promise<PictureSource> {
  return typeof raw === 'string' ? openFile(raw) : openBytes(raw);
}

function openFile(path: string): PictureSource {
  const { name, key, size } = describeFile('Picture', path);
  requireSize(name, size);
  return {
    name,
    key,
    read: () => readFile(path).catch((cause: unknown) => unreadable(name, cause)),
    readEnds: () => readEnds(path, size).catch((cause: unknown) => unreadable(name, cause)),
  };
}

function openBytes(bytes: Uint8Array): PictureSource {
  const { name, key, size } = describeBytes('Picture', bytes);
  requireSize(nameOfBytes('Picture'), size);
  return {
    name,
    key,
    read: () => Promise.resolve(bytes),
    readEnds: () => Promise.resolve({ head: bytes, tail: bytes.subarray(-tailLength), size }),
  };
}

function requireSize(name: string, size: number): void {
  if (size <= largestFile) return;
  const megabytes = Math.ceil(size / (1024 * 1024));
  throw new DataError(`Picture: must be a file of at most 512 MiB, got ${name} of ${megabytes} MiB. Make it smaller.`);
}

async function readEnds(path: string, size: number): Promise<PictureEnds> {
  const file = await open(path);
  try {
    const part = async (position: number, length: number): Promise<Uint8Array> => {
      const buffer = new Uint8Array(length);
      const { bytesRead } = await file.read(buffer, 0, length, position);
      return buffer.subarray(0, bytesRead);
    };
    const head = await part(0, Math.min(size, headLength));
    const tail = await part(Math.max(0, size - tailLength), Math.min(size, tailLength));
    return { head, tail, size };
  } finally {
    await file.close();
  }
}

function unreadable(name: string, cause: unknown): never {
  const reason = cause instanceof Error ? cause.message : String(cause);
  throw new DataError(`Picture: the file must be readable, got ${name}: ${reason}.`, { cause });
}

/**
 * Whether the ends of a file look as a complete picture's do: a cheap sign that it was cut short. Formats without such
 * a sign pass. A complete picture with something appended may fail; only decoding it tells.
 */
export function looksComplete({ head, tail, size }: PictureEnds): boolean {
  const text = (bytes: Uint8Array): string => String.fromCharCode(...bytes);
  const start = text(head.subarray(0, 4));
  if (start === '\x89PNG') return text(tail.subarray(-8, -4)) === 'IEND';
  if (start.startsWith('\xff\xd8')) return text(tail.subarray(-2)) === '\xff\xd9';
  if (start === 'GIF8') return tail.at(-1) === 0x3b;
  if (start === 'RIFF') {
    return new DataView(head.buffer, head.byteOffset, head.byteLength).getUint32(4, true) + 8 <= size;
  }
  return true;
}
