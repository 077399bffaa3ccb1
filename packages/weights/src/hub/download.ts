// One file from the hub: goes on where it was cut, and is checked before it counts.
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, openSync, closeSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { CheckpointError } from '@tessera/core';

/** What is to be downloaded. */
export interface DownloadRequest {
  readonly url: string;
  /** Names the file in messages. */
  readonly name: string;
  readonly size: number;
  /** SHA-256 of a large file, Git's SHA-1 of a small one. */
  readonly etag: string;
  readonly token?: string;
  /** Where it goes; what is there of it so far is in `<path>.incomplete`, as Python names it. */
  readonly path: string;
  /** Milliseconds before the second attempt; four times as many before each further one. */
  readonly retryDelay?: number;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Attempts in a row that bring nothing before giving up. */
const mostAttempts = 4;

/** Bytes that are there of an unfinished download. */
const sizeOf = (path: string): number => (existsSync(path) ? statSync(path).size : 0);

/**
 * Downloads a file, checks it and puts it into its place.
 * @throws CheckpointError when the hub refuses or cannot be reached, or sends other bytes than it announced
 */
export async function download(request: DownloadRequest): Promise<void> {
  const partial = `${request.path}.incomplete`;
  if (sizeOf(partial) > request.size) rmSync(partial);
  let failed = 0;
  while (sizeOf(partial) < request.size || !existsSync(partial)) {
    const before = sizeOf(partial);
    try {
      await receive(request, partial);
    } catch (error) {
      if (error instanceof CheckpointError) throw error;
      failed = sizeOf(partial) > before ? 1 : failed + 1;
      if (failed >= mostAttempts) throw cannotReach(request, error);
      await sleep((request.retryDelay ?? 500) * 4 ** (failed - 1));
    }
  }
  await verify(request, partial);
  renameSync(partial, request.path);
}

/** Takes what one answer brings. */
async function receive({ url, name, size, token, onProgress }: DownloadRequest, partial: string): Promise<void> {
  const have = sizeOf(partial);
  const response = await fetch(url, {
    headers: {
      ...(have > 0 && { Range: `bytes=${have}-` }),
      ...(token !== undefined && { Authorization: `Bearer ${token}` }),
    },
  });
  if (response.status >= 400 && response.status < 500 && response.status !== 429) {
    throw new CheckpointError(`${name}: the hub refused the download (status ${response.status}).`);
  }
  if (!response.ok || !response.body) throw new Error(`status ${response.status}`);
  const goesOn = response.status === 206;
  const descriptor = openSync(partial, goesOn ? 'a' : 'w');
  let done = goesOn ? have : 0;
  try {
    onProgress?.(done, size);
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      for (let at = 0; at < chunk.length;) at += writeSync(descriptor, chunk, at);
      done += chunk.length;
      onProgress?.(done, size);
    }
  } finally {
    closeSync(descriptor);
  }
}

/** Compares size and checksum. What is wrong is deleted: going on from it would never end well. */
async function verify({ name, size, etag }: DownloadRequest, partial: string): Promise<void> {
  const got = sizeOf(partial);
  const digest = await digestOf(partial, etag, size);
  if (got === size && (digest === undefined || digest === etag)) return;
  rmSync(partial, { force: true });
  const rule = got === size ? `the checksum ${etag}, got ${digest ?? ''}` : `${size} bytes, got ${got}`;
  throw new CheckpointError(`${name}: the download must have ${rule}. It was deleted; try again.`);
}

/** The checksum that an entity tag is of, or undefined when it is of none that is known. */
async function digestOf(path: string, etag: string, size: number): Promise<string | undefined> {
  const isSha256 = /^[0-9a-f]{64}$/.test(etag);
  if (!isSha256 && !/^[0-9a-f]{40}$/.test(etag)) return undefined;
  const hash = createHash(isSha256 ? 'sha256' : 'sha1');
  if (!isSha256) hash.update(`blob ${size}\0`); // as Git hashes a file
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}

function cannotReach({ name }: DownloadRequest, error: unknown): CheckpointError {
  const { message, cause } = error as Error;
  const reason = cause instanceof Error ? cause.message : message;
  return new CheckpointError(
    `${name}: the download broke off ${mostAttempts} times (${reason}). Run it again: it goes on where it is.`,
    { cause: error },
  );
}
