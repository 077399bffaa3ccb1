import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { download } from './download.js';

const content = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 7919) % 251));
const sha256 = createHash('sha256').update(content).digest('hex');

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** What was asked for: `all` or the first byte of a range. */
const startOf = ({ headers }: IncomingMessage): number => Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0);

const whole: Answer = (_request, response) => {
  response.writeHead(200, { 'content-length': content.length });
  response.end(content);
};

const ranges: Answer = (request, response) => {
  const start = startOf(request);
  if (start === 0) return whole(request, response);
  if (start >= content.length)
    return void response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end();
  response.writeHead(206, {
    'content-length': content.length - start,
    'content-range': `bytes ${start}-${content.length - 1}/${content.length}`,
  });
  response.end(content.subarray(start));
};

/** The answer that is to break off once the client has what it holds. */
let breaking: { readonly response: ServerResponse; readonly at: number } | undefined;

/** Sends `bytes` of what is asked for and breaks the connection when they have arrived. */
const breaksAfter =
  (bytes: number): Answer =>
  (request, response) => {
    const start = startOf(request);
    response.writeHead(start === 0 ? 200 : 206, {
      'content-length': content.length - start,
      ...(start > 0 && { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` }),
    });
    response.write(content.subarray(start, start + bytes));
    breaking = { response, at: start + bytes };
  };

describe('download', () => {
  let server: Server;
  let folder: string;
  let answers: Answer[];
  let asked: number[];

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tessera-download-'));
    answers = [];
    asked = [];
    breaking = undefined;
    server = createServer((request, response) => {
      asked.push(startOf(request));
      (answers.length > 1 ? answers.shift() : answers[0])?.(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true });
  });

  const fetchFile = (options: object = {}): Promise<void> => {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/file.whl`;
    const onProgress = (done: number): void => {
      if (breaking && done >= breaking.at) breaking.response.destroy();
    };
    return download({ url, to: join(folder, 'file.whl'), sha256, pause: 1, onProgress, ...options });
  };
  const got = (): Buffer => readFileSync(join(folder, 'file.whl'));

  it('fetches a file and tells how far it is', async () => {
    answers = [whole];
    const progress: [number, number][] = [];
    await fetchFile({ onProgress: (done: number, total: number) => progress.push([done, total]) });
    expect(got().equals(content)).toBe(true);
    expect(progress.at(-1)).toEqual([content.length, content.length]);
  });

  it('goes on where a connection broke, however often, as long as something comes', async () => {
    answers = [...Array.from({ length: 8 }, () => breaksAfter(30_000)), ranges];
    await fetchFile();
    expect(got().equals(content)).toBe(true);
    expect(asked).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8].map((part) => part * 30_000));
  });

  it('goes on with what an earlier process left', async () => {
    writeFileSync(join(folder, 'file.whl.part'), content.subarray(0, 1234));
    answers = [ranges];
    await fetchFile();
    expect(asked).toEqual([1234]);
    expect(got().equals(content)).toBe(true);
  });

  it('takes a whole file that an earlier process left without asking for it again', async () => {
    writeFileSync(join(folder, 'file.whl.part'), content);
    answers = [ranges];
    await fetchFile();
    expect(asked).toEqual([content.length]);
    expect(got().equals(content)).toBe(true);
  });

  it('starts anew where the server sends no parts', async () => {
    writeFileSync(join(folder, 'file.whl.part'), content.subarray(0, 1234));
    answers = [whole];
    await fetchFile();
    expect(got().equals(content)).toBe(true);
  });

  it('starts anew where the server refuses the part', async () => {
    writeFileSync(join(folder, 'file.whl.part'), Buffer.concat([content, Buffer.from('more')]));
    answers = [ranges];
    await fetchFile();
    expect(asked).toEqual([content.length + 4, 0]);
    expect(got().equals(content)).toBe(true);
  });

  it('starts anew once where what was left is of another file', async () => {
    writeFileSync(join(folder, 'file.whl.part'), Buffer.alloc(5000, 1));
    answers = [ranges];
    await fetchFile();
    expect(asked).toEqual([5000, 0]);
    expect(got().equals(content)).toBe(true);
  });

  it('refuses a file with another hash and keeps nothing of it', async () => {
    answers = [whole];
    const wrong = '0'.repeat(64);
    await expect(fetchFile({ sha256: wrong })).rejects.toThrow(
      `backend install: file.whl must have the index's SHA-256 ${wrong}, got another one.`,
    );
    expect(existsSync(join(folder, 'file.whl'))).toBe(false);
    expect(existsSync(join(folder, 'file.whl.part'))).toBe(false);
  });

  it('gives up when nothing comes any more, and keeps what it has', async () => {
    answers = [breaksAfter(100_000), (_request, response) => response.destroy()];
    await expect(fetchFile()).rejects.toThrow(
      /file\.whl must come from 127\.0\.0\.1:\d+, got: .*go(es)? on from there/,
    );
    expect(readFileSync(join(folder, 'file.whl.part')).length).toBe(100_000);
  });

  it('gives up on a connection that falls silent', async () => {
    answers = [
      (_request, response) => {
        response.writeHead(200, { 'content-length': content.length });
        response.write(content.subarray(0, 10));
      },
      ranges,
    ];
    await fetchFile({ patience: 100 });
    expect(got().equals(content)).toBe(true);
  });

  it('does not ask again for a file that is not there', async () => {
    answers = [(_request, response) => void response.writeHead(404).end()];
    await expect(fetchFile()).rejects.toThrow('HTTP 404');
    expect(asked).toEqual([0]);
  });
});
