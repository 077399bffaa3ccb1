import { closeSync, fsyncSync, openSync, statSync, unlinkSync, writeSync } from 'node:fs';
import type { ShapedValues } from '@tessera/core';
import { ByteFile, type FileSection } from './byteFile.js';
import { lazyValues, storedValues } from './lazyValues.js';
import {
  decodeToFloat32,
  headerLength,
  parseSafetensorsHeader,
  safetensorsHeader,
  type SafetensorsEntry,
  type SafetensorsHeader,
} from './safetensors.js';
import type { TensorFile } from './tensorFile.js';

/** An open safetensors file; tensors are read when they are asked for. */
export class SafetensorsFile implements TensorFile {
  readonly format = 'safetensors';
  private readonly section: FileSection;
  /** Names, types and shapes of the tensors. */
  readonly header: SafetensorsHeader;

  /**
   * Opens a file. Throws CheckpointError when it cannot be read or is damaged.
   * @param description - its path; what a section is called in messages
   * @param section - where it lies in another file, which is then closed with this one; the whole file if left out
   */
  constructor(
    readonly description: string,
    section?: FileSection,
  ) {
    this.section = section ?? wholeOf(new ByteFile(description));
    try {
      this.header = readHeader(this.section, description);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  get tensors(): ReadonlyMap<string, SafetensorsEntry> {
    return this.header.entries;
  }

  get metadata(): Readonly<Record<string, string>> {
    return this.header.metadata;
  }

  /** Names of the tensors, in the file's order. */
  get names(): readonly string[] {
    return [...this.header.entries.keys()];
  }

  /** One tensor as float32, read when its values are asked for; undefined when the file has none of this name. */
  read(name: string): ShapedValues | undefined {
    const entry = this.header.entries.get(name);
    if (!entry) return undefined;
    const { dtype, shape, data_offsets: offsets } = entry;
    const { file, start } = this.section;
    const position = start + this.header.dataStart + offsets[0];
    if (dtype === 'F32') return storedValues(file, position, shape);
    return lazyValues(shape, () => decodeToFloat32(file.read(position, offsets[1] - offsets[0]), dtype));
  }

  /** Closes the file. Safe to call twice. */
  close(): void {
    this.section.file.close();
  }
}

const wholeOf = (file: ByteFile): FileSection => ({ file, start: 0, size: file.size });

function readHeader({ file, start, size }: FileSection, name: string): SafetensorsHeader {
  const length = headerLength(file.read(start, Math.min(8, size)), name, size);
  return parseSafetensorsHeader(file.read(start, 8 + length), name, size);
}

/** A tensor to be written. */
export interface NamedValues {
  readonly name: string;
  readonly shape: readonly number[];
  /** Gives the values when their turn comes, so that one tensor at a time is in memory. */
  readonly values: () => Promise<Float32Array> | Float32Array;
}

/**
 * Writes float32 tensors to a new file and flushes it to the disk. The error of a full disk is passed on. A file of that
 * name goes, but stays whole for who computes with it: a backend may have it mapped.
 */
export async function writeSafetensors(
  path: string,
  tensors: readonly NamedValues[],
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  if (statSync(path, { throwIfNoEntry: false })?.isFile()) unlinkSync(path);
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
