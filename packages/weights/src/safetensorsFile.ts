import { closeSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import { CheckpointError, type ParameterSource } from '@tessera/core';
import {
  decodeToFloat32,
  headerLength,
  parseSafetensorsHeader,
  safetensorsHeader,
  type SafetensorsHeader,
} from './safetensors.js';

/** An open safetensors file; tensors are read when they are asked for. */
export class SafetensorsFile implements ParameterSource {
  private descriptor: number | undefined;
  /** Names, types and shapes of the tensors. */
  readonly header: SafetensorsHeader;

  /** Opens a file. Throws CheckpointError when it cannot be read or is damaged. */
  constructor(readonly description: string) {
    this.descriptor = open(description);
    try {
      this.header = readHeader(this.descriptor, description);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Names of the tensors, in the file's order. */
  get names(): readonly string[] {
    return [...this.header.entries.keys()];
  }

  /** One tensor as float32, or undefined when the file has none of this name. */
  read(name: string): { readonly shape: readonly number[]; readonly values: Float32Array } | undefined {
    const entry = this.header.entries.get(name);
    if (!entry) return undefined;
    if (this.descriptor === undefined)
      throw new CheckpointError(`${this.description}: the file was closed, asked for "${name}".`);
    const [from, to] = entry.data_offsets;
    const bytes = readBytes(this.descriptor, this.header.dataStart + from, to - from);
    return { shape: entry.shape, values: decodeToFloat32(bytes, entry.dtype) };
  }

  /** Closes the file. Safe to call twice. */
  close(): void {
    if (this.descriptor !== undefined) closeSync(this.descriptor);
    this.descriptor = undefined;
  }
}

function open(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (error) {
    throw new CheckpointError(
      `${path}: cannot be read (${(error as NodeJS.ErrnoException).code ?? String(error)}). Give a safetensors file.`,
      {
        cause: error,
      },
    );
  }
}

function readHeader(descriptor: number, path: string): SafetensorsHeader {
  const { size } = fstatSync(descriptor);
  const length = headerLength(readBytes(descriptor, 0, Math.min(8, size)), path, size);
  return parseSafetensorsHeader(readBytes(descriptor, 0, 8 + length), path, size);
}

function readBytes(descriptor: number, position: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const count = readSync(descriptor, bytes, done, Math.min(length - done, 1 << 30), position + done);
    if (count === 0) throw new CheckpointError(`safetensors: the file ended early, got ${done} of ${length} bytes.`);
    done += count;
  }
  return bytes;
}

/** A tensor to be written. */
export interface NamedValues {
  readonly name: string;
  readonly shape: readonly number[];
  /** Gives the values when their turn comes, so that one tensor at a time is in memory. */
  readonly values: () => Promise<Float32Array> | Float32Array;
}

/** Writes float32 tensors to a new file and flushes it to the disk. The error of a full disk is passed on. */
export async function writeSafetensors(
  path: string,
  tensors: readonly NamedValues[],
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const descriptor = openSync(path, 'w');
  try {
    writeAll(descriptor, safetensorsHeader(tensors, metadata));
    for (const { values } of tensors) {
      const array = await values();
      writeAll(descriptor, new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
    }
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function writeAll(descriptor: number, bytes: Uint8Array): void {
  let done = 0;
  while (done < bytes.length) done += writeSync(descriptor, bytes, done, Math.min(bytes.length - done, 1 << 30));
}
