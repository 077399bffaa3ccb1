import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { BackendError } from '@tessera/core';
import type { NativeVariant } from '../nativeInstalls.js';
import { download, sizeOf } from './download.js';
import type { IndexWheel } from './packageIndex.js';
import type { Machine } from './preflight.js';

/** Hears of what goes on. */
export interface InstallListener {
  readonly onStep?: (step: string) => void;
  readonly onProgress?: (step: string, done: number, total: number, unit: 'bytes' | 'files') => void;
}

/** What places need to know. */
export interface PlaceOptions extends InstallListener {
  readonly variant: NativeVariant;
  /** The address of the package index, if one is asked for. */
  readonly index?: string;
  readonly machine: Machine;
  /** Where downloads are kept until they are unpacked. */
  readonly downloads: string;
}

/** Downloads a wheel with progress; returns its file. */
export async function fetchWheel(wheel: IndexWheel, { downloads, onStep, onProgress }: PlaceOptions): Promise<string> {
  const { filename, url, sha256, size = 0 } = wheel;
  if (sha256 === undefined) {
    throw new BackendError(
      `backend install: the index must tell the SHA-256 of ${filename}, got none. Fetch the file yourself and give it with --wheel FILE.`,
    );
  }
  const file = join(downloads, filename);
  if (existsSync(file)) return file;
  const part = sizeOf(`${file}.part`);
  onStep?.(`downloading ${filename} (${megabytes(size)}${part > 0 ? `, ${megabytes(part)} are there` : ''})`);
  await download({
    url,
    to: file,
    sha256,
    onProgress: (done, total) => onProgress?.('downloading', done, total || size, 'bytes'),
  });
  return file;
}

const megabytes = (bytes: number): string => (bytes > 0 ? `${Math.ceil(bytes / 1e6)} MB` : 'size unknown');
