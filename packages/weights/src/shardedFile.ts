// Checkpoints in several files, as Hugging Face writes large ones: `model.safetensors.index.json` says which tensor is where.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CheckpointError } from '@tessera/core';
import type { TensorFile, TensorInfo } from './tensorFile.js';

/** Opens one of the files. */
type OpenFile = (path: string) => TensorFile;

/** The files that an index lists, as one. */
export class ShardedFile implements TensorFile {
  readonly format: TensorFile['format'];
  readonly metadata: Readonly<Record<string, string>> = {};
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  private readonly shards = new Map<string, TensorFile>();
  private readonly places: ReadonlyMap<string, string>;

  /**
   * Opens an index and every file that it lists.
   * @throws CheckpointError when a file is missing or lacks a tensor, or when the index points out of its folder
   */
  constructor(
    readonly description: string,
    openFile: OpenFile,
  ) {
    this.places = readIndex(description);
    try {
      for (const file of new Set(this.places.values()))
        this.shards.set(file, openFile(join(dirname(description), file)));
      this.tensors = new Map([...this.places].map(([name, file]) => [name, this.infoOf(name, file)]));
    } catch (error) {
      this.close();
      throw error;
    }
    this.format = [...this.shards.values()][0]?.format ?? 'safetensors';
  }

  read(name: string): ReturnType<TensorFile['read']> {
    return this.shards.get(this.places.get(name) ?? '')?.read(name);
  }

  close(): void {
    for (const shard of this.shards.values()) shard.close();
  }

  private infoOf(name: string, file: string): TensorInfo {
    const info = this.shards.get(file)?.tensors.get(name);
    if (info) return info;
    throw new CheckpointError(
      `${this.description}: ${file} must hold the tensor "${name}", got a file without it. Copy or save the checkpoint again.`,
    );
  }
}

/** Tensor → file in the same folder. */
function readIndex(path: string): ReadonlyMap<string, string> {
  const entries = Object.entries(readWeightMap(path));
  for (const [name, file] of entries) {
    const inFolder = typeof file === 'string' && /^[^/\\]+$/.test(file) && file !== '..' && !file.endsWith('.json');
    if (!inFolder) throw damagedIndex(path, `${JSON.stringify(file)} for "${name}"`);
  }
  return new Map(entries as [string, string][]);
}

/** What an index says of each tensor; that it is a file's name is not checked. Throws CheckpointError when it is damaged. */
export function readWeightMap(path: string): Readonly<Record<string, unknown>> {
  let map: unknown;
  try {
    map = (JSON.parse(readFileSync(path, 'utf8')) as { weight_map?: unknown } | null)?.weight_map;
  } catch (error) {
    throw damagedIndex(path, (error as Error).message, error);
  }
  if (typeof map !== 'object' || map === null || Array.isArray(map)) throw damagedIndex(path, 'no weight_map');
  return map as Record<string, unknown>;
}

const damagedIndex = (path: string, what: string, cause?: unknown): CheckpointError =>
  new CheckpointError(
    `${path}: an index must be JSON with weight_map: { tensor: file in its folder }, got ${what}. Copy it again.`,
    { cause },
  );
