// A hub of models on this machine, as far as weights need one: revisions, files with entity tags, ranges, tokens.
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { vi } from 'vitest';

/** What a test changes while the hub runs. */
export interface FakeHub {
  readonly endpoint: string;
  /** Method-less lines of what was asked: path, with the range behind it. */
  readonly asked: string[];
  /** Answers that break off after so many bytes, one entry an answer. */
  cuts: number[];
  /** Token without which nothing is told. */
  token: string | undefined;
  /** Sends other bytes than the entity tag says. */
  corrupt: boolean;
  close(): Promise<void>;
}

/** The commit that `main` is at. */
export const commit = 'c0ffee'.padEnd(40, '0');

/** Serves one repository. Files of more than 100 bytes count as large ones, whose tag is a SHA-256. */
export async function startFakeHub(repository: string, files: Readonly<Record<string, Uint8Array>>): Promise<FakeHub> {
  const server = createServer((request, response) => answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const hub: FakeHub = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: [],
    cuts: [],
    token: undefined,
    corrupt: false,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };

  function answer({ url = '', headers }: IncomingMessage, response: ServerResponse): void {
    const [path = ''] = url.split('?');
    hub.asked.push(headers.range === undefined ? path : `${path} ${headers.range}`);
    if (hub.token !== undefined && headers.authorization !== `Bearer ${hub.token}`) return fail(response, 401);
    const known = [`/api/models/${repository}/revision/main`, `/api/models/${repository}/revision/${commit}`];
    if (known.includes(path)) return tell(response);
    const prefix = `/${repository}/resolve/${commit}/`;
    const file = path.startsWith(prefix) ? files[path.slice(prefix.length)] : undefined;
    if (file) send(response, file, headers.range);
    else fail(response, 404);
  }

  function tell(response: ServerResponse): void {
    const siblings = Object.keys(files).map((rfilename) => ({ rfilename }));
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ _id: '1', id: repository, sha: commit, siblings }));
  }

  function send(response: ServerResponse, file: Uint8Array, range: string | undefined): void {
    const [, from = '0', to = ''] = /^bytes=(\d+)-(\d*)$/.exec(range ?? '') ?? [];
    const part = Buffer.from(file.subarray(Number(from), to === '' ? undefined : Number(to) + 1));
    if (hub.corrupt && part.length > 1) part[0] = (part[0] ?? 0) ^ 1;
    const isQuestion = range === 'bytes=0-0';
    response.writeHead(range === undefined ? 200 : 206, {
      etag: `"${tagOf(file)}"`,
      'content-length': part.length,
      ...(range !== undefined && {
        'content-range': `bytes ${from}-${Number(from) + part.length - 1}/${file.length}`,
      }),
    });
    const cut = isQuestion ? undefined : hub.cuts.shift();
    if (cut === undefined) return void response.end(part);
    response.write(part.subarray(0, cut), () => setTimeout(() => response.destroy(), 20));
  }

  return hub;
}

/** Lets this process know this hub alone, and this folder as its cache; `vi.unstubAllEnvs` undoes it. */
export function useFakeHub({ endpoint }: FakeHub, cache: string): void {
  for (const name of ['HF_TOKEN', 'HF_HUB_OFFLINE', 'HUGGING_FACE_HUB_TOKEN']) vi.stubEnv(name, '');
  vi.stubEnv('HF_HUB_CACHE', cache);
  vi.stubEnv('HF_HOME', cache);
  vi.stubEnv('HF_ENDPOINT', endpoint);
}

function fail(response: ServerResponse, status: number): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    ...(status === 404 && { 'x-error-code': 'EntryNotFound' }),
  });
  response.end(JSON.stringify({ error: 'no' }));
}

/** The entity tag of a file: as the hub gives it. */
export function tagOf(file: Uint8Array): string {
  if (file.length > 100) return createHash('sha256').update(file).digest('hex');
  return createHash('sha1').update(`blob ${file.length}\0`).update(file).digest('hex');
}
