import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CheckpointError } from '@tessera/core';
import { ByteFile } from './byteFile.js';
import { PytorchFile } from './pytorchFile.js';
import { SafetensorsFile } from './safetensorsFile.js';
import { ShardedFile } from './shardedFile.js';
import type { TensorFile } from './tensorFile.js';

/** Names that Hugging Face gives weights in a folder, in the order of preference. */
const weightFileNames = [
  'model.safetensors',
  'model.safetensors.index.json',
  'pytorch_model.bin',
  'pytorch_model.bin.index.json',
] as const;

const weightEnding = /\.(safetensors|pt|pth|bin)$/;

/** Whether a file holds weights by its name. */
export const isWeightFile = (name: string): boolean => weightEnding.test(name);

/**
 * Opens weights: a safetensors file, a PyTorch checkpoint, the index of several, or a folder with one of these.
 * @throws CheckpointError when there is none, or it is damaged
 */
export function openTensors(location: string): TensorFile {
  const path = existsSync(location) && statSync(location).isDirectory() ? fileIn(location) : location;
  if (path.endsWith('.json')) return new ShardedFile(path, openOne);
  return openOne(path);
}

function openOne(path: string): TensorFile {
  const start = firstBytes(path);
  requireContent(start, path);
  return looksLikePytorch(start, path) ? new PytorchFile(path) : new SafetensorsFile(path);
}

const pointerStart = 'version https://git-lfs';

/** Throws CheckpointError for what Git leaves in place of a large file that was not fetched. */
function requireContent(start: Uint8Array, path: string): void {
  if (new TextDecoder().decode(start) !== pointerStart) return;
  throw new CheckpointError(
    `${path}: must hold weights, got the pointer of Git LFS that stands for them. Fetch them with git lfs pull.`,
  );
}

/** Whether a file is a zip file or a pickle by its first bytes, or is named as one. */
function looksLikePytorch([first, second, third]: Uint8Array, path: string): boolean {
  const isZip = first === 0x50 && second === 0x4b;
  // A safetensors file starts with a length whose upper bytes are 0; a pickle with its protocol and an instruction.
  return (
    isZip ||
    (first === 0x80 && second !== undefined && second >= 2 && second <= 5 && third !== 0) ||
    /\.(pt|pth|bin)$/.test(path)
  );
}

function firstBytes(path: string): Uint8Array {
  const file = new ByteFile(path);
  try {
    return file.read(0, Math.min(pointerStart.length, file.size));
  } finally {
    file.close();
  }
}

const fileIn = (folder: string): string => join(folder, chooseWeightFile(readdirSync(folder), folder));

/**
 * Which of a folder's files are its weights.
 * @throws CheckpointError when none is, or several may be
 */
export function chooseWeightFile(names: readonly string[], folder: string): string {
  const known = weightFileNames.find((name) => names.includes(name));
  const others = names.filter(isWeightFile);
  const [only, second] = others;
  if (known !== undefined) return known;
  if (only !== undefined && second === undefined) return only;
  const got = only === undefined ? 'none' : `${others.slice(0, 4).join(', ')}${others.length > 4 ? ', …' : ''}`;
  throw new CheckpointError(
    `${folder}: a folder of weights must hold ${weightFileNames.join(' or ')}, or one .safetensors, .pt, .pth or .bin file, got ${got}. Name the file.`,
  );
}
