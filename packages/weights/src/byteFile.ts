import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { CheckpointError } from '@tessera/core';

/** The most that one call reads: some systems refuse 2 GiB and more. */
const mostAtOnce = 1 << 30;

/** A file open for reading at any place. */
export class ByteFile {
  private descriptor: number | undefined;
  /** Bytes that the file had when it was opened. */
  readonly size: number;

  /** Opens a file. Throws CheckpointError when it is a folder, or not readable. */
  constructor(readonly path: string) {
    try {
      this.descriptor = openSync(path, 'r');
    } catch (error) {
      const { code = String(error) } = error as NodeJS.ErrnoException;
      throw new CheckpointError(`${path}: cannot be read (${code}). Give a file of weights that is there.`, {
        cause: error,
      });
    }
    const status = fstatSync(this.descriptor);
    this.size = status.size;
    if (status.isFile()) return;
    this.close();
    throw new CheckpointError(`${path}: must be a file, got a folder or device. Name the file of weights in it.`);
  }

  /** Bytes from a place on. Throws CheckpointError when the file ends before, or was closed. */
  read(position: number, length: number): Uint8Array<ArrayBuffer> {
    if (position < 0 || position + length > this.size) throw this.endedEarly(position + length);
    const bytes = new Uint8Array(length);
    this.readInto(bytes, position);
    return bytes;
  }

  /** As {@link read}, into memory that is there. */
  readInto(bytes: Uint8Array, position: number): void {
    if (this.descriptor === undefined) throw new CheckpointError(`${this.path}: was closed before it was read.`);
    const { length } = bytes;
    let done = 0;
    while (done < length) {
      const count = readSync(this.descriptor, bytes, done, Math.min(length - done, mostAtOnce), position + done);
      if (count === 0) throw this.endedEarly(position + length);
      done += count;
    }
  }

  private endedEarly(needed: number): CheckpointError {
    return new CheckpointError(
      `${this.path}: must have ${needed} bytes at least, got ${this.size}. It was cut short or damaged; copy or save it again.`,
    );
  }

  /** Closes the file. Safe to call twice. */
  close(): void {
    if (this.descriptor !== undefined) closeSync(this.descriptor);
    this.descriptor = undefined;
  }
}

/** A part of a file that is a file of its own, such as a member of a zip file. */
export interface FileSection {
  readonly file: ByteFile;
  /** Bytes of the file before it. */
  readonly start: number;
  readonly size: number;
}
