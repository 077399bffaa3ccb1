// What decoders of pictures, sounds and videos have in common before they decode: where the bytes lie and what they are called.
import { createHash } from 'node:crypto';
import { statSync, type Stats } from 'node:fs';
import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { DataError } from '../errors.js';

/** What encoded bytes hold, as messages name it. */
export type MediumName = 'Picture' | 'Sound' | 'Video';

/** Encoded bytes, in a file or in memory. */
export interface Encoded {
  /** For messages: `file=cat.png`. */
  readonly name: string;
  /** Changes when the content does. */
  readonly key: string;
  /** Bytes. */
  readonly size: number;
}

/** Looks at a file without reading it. Throws DataError when it is missing, no file, empty or not to be looked at. */
export function describeFile(medium: MediumName, path: string): Encoded {
  const name = `file=${path}`;
  const status = look(medium, name, path);
  if (!status.isFile()) throw new DataError(`${medium}: must be a file, got ${name}, which is a folder or device.`);
  requireContent(medium, name, status.size);
  return { name, key: `${resolve(path)}|${status.mtimeMs}|${status.size}`, size: status.size };
}

// Not by a promise: for a file that is looked at in each epoch and decoded once, waiting for a thread takes twenty times as
// long as looking.
function look(medium: MediumName, name: string, path: string): Stats {
  try {
    return statSync(path);
  } catch (cause) {
    throw unreadableFile(medium, name, cause);
  }
}

/** Bytes in memory. Throws DataError when there are none. */
export function describeBytes(medium: MediumName, bytes: Uint8Array): Encoded {
  const size = bytes.length;
  requireContent(medium, nameOfBytes(medium), size);
  return {
    name: `${nameOfBytes(medium)} of ${size} bytes`,
    key: createHash('sha1').update(bytes).digest('base64'),
    size,
  };
}

/** What bytes without a file are called: "a picture". */
export const nameOfBytes = (medium: MediumName): string => `a ${medium.toLowerCase()}`;

/** The first bytes of a file, as many as asked for where it has them. */
export async function readStart(path: string, length: number): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(new Uint8Array(length), 0, length, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Why a file cannot be read, for a person. */
export function unreadableFile(medium: MediumName, name: string, cause: unknown): DataError {
  const { code, message } = cause as NodeJS.ErrnoException;
  const missing = code === 'ENOENT' || code === 'ENOTDIR';
  return new DataError(
    missing
      ? `${medium}: the file must exist, got ${name}. Check the path; relative paths start from the data file's folder.`
      : `${medium}: the file must be readable, got ${name} (${code ?? message}). Check its permissions.`,
    { cause },
  );
}

function requireContent(medium: MediumName, name: string, size: number): void {
  if (size > 0) return;
  throw new DataError(`${medium}: must not be empty, got ${name} of 0 bytes. Save or download it again.`);
}
