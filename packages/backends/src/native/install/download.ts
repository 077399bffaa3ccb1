// Large files over HTTP: kept in a `.part` file while they come, taken up again after an interruption, and checked by hash.
import { createHash, type Hash } from 'node:crypto';
import {
  createReadStream,
  existsSync,
  mkdirSync,
  openSync,
  closeSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { BackendError } from '@tessera/core';
import { reasonOf, requestTo, withoutCredentials } from './packageIndex.js';

/** What to fetch, and where it goes. */
export interface DownloadOptions {
  readonly url: string;
  /** The file; it exists only once it is whole and its hash is right. */
  readonly to: string;
  /** Hexadecimal. */
  readonly sha256: string;
  /** Bytes that have come, and bytes altogether (0 where the server does not tell). */
  readonly onProgress?: (done: number, total: number) => void;
  /** Milliseconds without a byte after which the connection counts as broken. */
  readonly patience?: number;
  /** Milliseconds before the first new attempt; doubles with each. */
  readonly pause?: number;
}

/** Attempts in a row that bring nothing. */
const MAX_ATTEMPTS = 5;

/**
 * Downloads a file, or what is missing of it.
 * @throws BackendError when the server does not answer, or when what comes has another hash
 */
export async function download(options: DownloadOptions): Promise<void> {
  const part = `${options.to}.part`;
  mkdirSync(dirname(part), { recursive: true });
  const resumed = sizeOf(part) > 0;
  if (await complete(options, part)) return renameSync(part, options.to);
  rmSync(part);
  // What an earlier attempt left may have been of another file.
  if (resumed && (await complete(options, part))) return renameSync(part, options.to);
  rmSync(part, { force: true });
  throw new BackendError(
    `backend install: ${basename(options.to)} must have the index's SHA-256 ${options.sha256}, got another one. ` +
      'Something between the index and this machine changes files; try again or name another index with --index URL.',
  );
}

/** Fetches until the file is whole; whether its hash is right. */
async function complete(options: DownloadOptions, part: string): Promise<boolean> {
  let failures = 0;
  for (;;) {
    const before = sizeOf(part);
    const { hash, problem } = await attempt(options, part);
    if (problem === undefined) return hash === options.sha256.toLowerCase();
    failures = sizeOf(part) > before ? 1 : failures + 1;
    if (failures >= MAX_ATTEMPTS || problem.final) throw broken(options, problem.text, sizeOf(part));
    await wait((options.pause ?? 500) * 2 ** (failures - 1));
  }
}

/** Bytes of a file; 0 where there is none. */
export const sizeOf = (file: string): number => (existsSync(file) ? statSync(file).size : 0);

const broken = ({ url, to }: DownloadOptions, problem: string, kept: number): BackendError =>
  new BackendError(
    `backend install: ${basename(to)} must come from ${new URL(withoutCredentials(url)).host}, got: ${problem}. ` +
      (kept > 0
        ? `${Math.round(kept / 1e6)} MB are kept: the same command goes on from there.`
        : 'Check the network and try again.'),
  );

interface Attempt {
  readonly hash?: string;
  /** Why it ended early; `final` where trying again is of no use. */
  readonly problem?: { readonly text: string; readonly final: boolean };
}

async function attempt(options: DownloadOptions, part: string): Promise<Attempt> {
  const there = sizeOf(part);
  const stalled = new AbortController();
  try {
    const [url, request] = requestTo(options.url, there > 0 ? { range: `bytes=${there}-` } : {});
    const alive = watch(stalled, options.patience ?? 60_000);
    try {
      const response = await fetch(url, { ...request, signal: stalled.signal });
      const start = startOf(response, there);
      if (start === undefined) return await refusal(response, part);
      return await receive(response, start, { part, alive, options });
    } finally {
      alive.stop();
    }
  } catch (error) {
    if (isDiskError(error)) throw error;
    return { problem: { text: stalled.signal.aborted ? 'nothing for too long' : reasonOf(error), final: false } };
  }
}

/** From which byte on the answer is; undefined where it is none. */
function startOf(response: Response, there: number): number | undefined {
  if (response.status === 200) return 0;
  if (response.status !== 206) return undefined;
  return response.headers.get('content-range')?.startsWith(`bytes ${there}-`) ? there : undefined;
}

/** No bytes: what is kept may be as long as the whole file, or longer; then it starts anew. */
async function refusal(response: Response, part: string): Promise<Attempt> {
  await response.body?.cancel();
  if (response.status === 416) {
    const total = Number(/\/(\d+)$/.exec(response.headers.get('content-range') ?? '')?.[1]);
    if (total === sizeOf(part)) return { hash: (await hashOf(part)).digest('hex') };
  }
  if (response.status === 416 || response.status === 206) {
    rmSync(part, { force: true });
    return { problem: { text: `HTTP ${response.status} where a part was asked for`, final: false } };
  }
  const final = response.status >= 400 && response.status < 500 && response.status !== 429 && response.status !== 408;
  return { problem: { text: `HTTP ${response.status}`, final } };
}

interface Receiver {
  readonly part: string;
  readonly alive: { touch(): void };
  readonly options: DownloadOptions;
}

async function receive(response: Response, start: number, { part, alive, options }: Receiver): Promise<Attempt> {
  const hash = start > 0 ? await hashOf(part) : createHash('sha256');
  const length = Number(response.headers.get('content-length') ?? 0);
  const total = length > 0 ? start + length : 0;
  const file = openSync(part, start > 0 ? 'a' : 'w');
  let done = start;
  try {
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      alive.touch();
      writeWhole(file, chunk);
      hash.update(chunk);
      done += chunk.length;
      options.onProgress?.(done, total);
    }
  } finally {
    closeSync(file);
  }
  if (total > 0 && done < total) return { problem: { text: 'the connection ended early', final: false } };
  return { hash: hash.digest('hex') };
}

/** A full disk takes a part first and fails only then. */
function writeWhole(file: number, chunk: Uint8Array): void {
  for (let written = 0; written < chunk.length;) written += writeSync(file, chunk, written);
}

async function hashOf(file: string): Promise<Hash> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash;
}

/** Gives up once nothing has come for a while. */
function watch(stalled: AbortController, patience: number): { touch(): void; stop(): void } {
  const timer = setTimeout(() => stalled.abort(), patience);
  return { touch: () => void timer.refresh(), stop: () => clearTimeout(timer) };
}

const isDiskError = (error: unknown): boolean =>
  ['ENOSPC', 'EDQUOT', 'EIO', 'EACCES', 'EROFS'].includes((error as NodeJS.ErrnoException).code ?? '');
