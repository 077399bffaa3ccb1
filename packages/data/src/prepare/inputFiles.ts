import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { dirname, relative, sep } from 'node:path';
import { DataError } from '@tessera/core';
import { sha256 } from '../sha256.js';

/** What a dataset was made of, as its manifest tells it. */
export interface InputSummary {
  /** SHA-256 of single files, by path from the source folder. */
  readonly files: Readonly<Record<string, string>>;
  /** Folders with many files: how many were read, and the SHA-256 of the lines `hash  path` in the order of the paths. */
  readonly folders: Readonly<Record<string, { readonly files: number; readonly sha256: string }>>;
}

/** A folder with more inputs than this is told by one hash. */
const manyFiles = 16;

/** Reads a source's files and remembers their hashes. */
export class InputFiles {
  private readonly hashes = new Map<string, string>();

  /** @param root - the source folder */
  constructor(readonly root: string) {}

  /** A path as reports show it: from the source folder, with forward slashes. */
  name(path: string): string {
    return relative(this.root, path).split(sep).join('/');
  }

  /** Notes the hash of a file that was read elsewhere. */
  note(path: string, sha256: string): void {
    this.hashes.set(this.name(path), sha256);
  }

  /** A file's bytes; undefined where there is none. */
  async bytes(path: string): Promise<Buffer | undefined> {
    const content = await readFile(path).catch(absent(this.name(path)));
    if (content) this.note(path, sha256(content));
    return content;
  }

  /** A UTF-8 file without its byte order mark; undefined where there is none. Other bytes become U+FFFD. */
  async text(path: string): Promise<string | undefined> {
    return (await this.bytes(path))?.toString('utf8').replace(/^\uFEFF/, '');
  }

  /** The pieces of a file of any size. */
  async *stream(path: string, onRead: (bytes: number) => void = () => undefined): AsyncGenerator<Uint8Array, void> {
    const hash = createHash('sha256');
    for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Uint8Array>) {
      hash.update(piece);
      onRead(piece.length);
      yield piece;
    }
    this.note(path, hash.digest('hex'));
  }

  /** What was read, in a form that does not grow with the number of files. */
  summary(): InputSummary {
    const byFolder = new Map<string, [path: string, hash: string][]>();
    for (const entry of [...this.hashes].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const folder = dirname(entry[0]);
      const entries = byFolder.get(folder);
      if (entries) entries.push(entry);
      else byFolder.set(folder, [entry]);
    }
    const files: Record<string, string> = {};
    const folders: Record<string, { files: number; sha256: string }> = {};
    for (const [folder, entries] of byFolder) {
      if (entries.length <= manyFiles) Object.assign(files, Object.fromEntries(entries));
      else {
        const lines = entries.map(([path, hash]) => `${hash}  ${path}\n`).join('');
        folders[folder] = { files: entries.length, sha256: sha256(lines) };
      }
    }
    return { files, folders };
  }
}

const absent =
  (name: string) =>
  (cause: unknown): undefined => {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new DataError(`${name}: must be a file that can be read, got ${message}. Check it and its permissions.`, {
      cause,
    });
  };

/** Whether a file is there. */
export const isFile = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isFile(),
    () => false,
  );

/** Whether a folder is there. */
export const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );

/** A file's size in bytes. */
export const sizeOf = (path: string): Promise<number> => stat(path).then(({ size }) => size);
