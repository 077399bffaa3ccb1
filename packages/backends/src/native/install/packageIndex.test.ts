import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chooseIndex, findWheel, listFiles, reasonOf } from './packageIndex.js';

const hash = 'ab'.repeat(32);
const machine = { arch: 'x64', glibc: [2, 36] } as const;

describe('package index', () => {
  let server: Server;
  let index: string;
  let answer: (path: string, request: IncomingMessage) => { status?: number; type?: string; body: string };

  beforeEach(async () => {
    server = createServer((request, response) => {
      const { status = 200, type = 'application/vnd.pypi.simple.v1+json', body } = answer(request.url ?? '', request);
      response.writeHead(status, { 'content-type': type }).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    index = `http://127.0.0.1:${(server.address() as AddressInfo).port}/simple`;
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  const serve = (projects: Readonly<Record<string, readonly string[]>>): void => {
    answer = (path) => {
      const project = /^\/simple\/([^/]+)\/$/.exec(path)?.[1] ?? '';
      const names = projects[project];
      if (!names) return { status: 404, body: '' };
      const files = names.map((filename) => ({ filename, url: `../../files/${filename}`, hashes: { sha256: hash } }));
      return { body: JSON.stringify({ files }) };
    };
  };

  it('reads the JSON form, without files that were withdrawn', async () => {
    answer = () => ({
      body: JSON.stringify({
        files: [
          {
            filename: 'a-1.0-py3-none-any.whl',
            url: '/files/a.whl',
            hashes: { sha256: hash },
            size: 12,
            yanked: false,
          },
          { filename: 'a-1.1-py3-none-any.whl', url: '/files/b.whl', hashes: {}, yanked: 'broken' },
        ],
      }),
    });
    expect(await listFiles(index, 'a')).toEqual([
      { filename: 'a-1.0-py3-none-any.whl', url: new URL('/files/a.whl', index).href, sha256: hash, size: 12 },
    ]);
  });

  it('reads the HTML form', async () => {
    answer = () => ({
      type: 'text/html',
      body: `<html><body>
        <a href="../../files/a-1.0-py3-none-any.whl#sha256=${hash}">a-1.0-py3-none-any.whl</a><br>
        <a data-yanked="" href="/x">a-1.1-py3-none-any.whl</a>
        <a href="/get?name=a&amp;version=2" data-requires-python="&gt;=3">a-2.0-py3-none-any.whl</a></body></html>`,
    });
    expect(await listFiles(index, 'a')).toEqual([
      { filename: 'a-1.0-py3-none-any.whl', url: new URL('/files/a-1.0-py3-none-any.whl', index).href, sha256: hash },
      { filename: 'a-2.0-py3-none-any.whl', url: new URL('/get?name=a&version=2', index).href },
    ]);
  });

  it('sends the password of the address, and keeps it for files on the same host', async () => {
    let header: string | undefined;
    answer = (_path, { headers }) => {
      header = headers.authorization;
      return { body: JSON.stringify({ files: [{ filename: 'a.whl', url: '/a.whl' }] }) };
    };
    const [file] = await listFiles(index.replace('//', '//me:s%40cret@'), 'a');
    expect(header).toBe(`Basic ${Buffer.from('me:s@cret').toString('base64')}`);
    expect(new URL(file?.url ?? '')).toMatchObject({ username: 'me', password: 's%40cret' });
  });

  it('chooses the newest wheel for this processor and C library', async () => {
    serve({
      tensorflow: [
        'tensorflow-2.21.0-cp312-cp312-win_amd64.whl',
        'tensorflow-2.21.0-cp312-cp312-manylinux_2_27_aarch64.whl',
        'tensorflow-2.21.0-cp310-cp310-manylinux_2_27_x86_64.whl',
        'tensorflow-2.21.0-cp312-cp312-manylinux_2_27_x86_64.whl',
        'tensorflow-2.21.0-cp313-cp313-manylinux_2_39_x86_64.whl',
        'tensorflow-2.21.0rc1-cp312-cp312-manylinux_2_27_x86_64.whl',
        'tensorflow-2.20.0-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl',
        'tensorflow-2.21.0.tar.gz',
      ],
    });
    const choose = async (version: string) =>
      (await findWheel(index, { projects: ['tensorflow'], version, machine })).filename;
    expect(await choose('2.21.0')).toBe('tensorflow-2.21.0-cp312-cp312-manylinux_2_27_x86_64.whl');
    expect(await choose('<2.21')).toBe('tensorflow-2.20.0-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl');
  });

  it('takes the next project where the first has nothing for the processor', async () => {
    serve({
      'tensorflow-cpu': ['tensorflow_cpu-2.21.0-cp312-cp312-manylinux_2_27_x86_64.whl'],
      tensorflow: ['tensorflow-2.21.0-cp312-cp312-manylinux_2_27_aarch64.whl'],
    });
    const wish = { projects: ['tensorflow-cpu', 'tensorflow'], version: '2.21.0' };
    const { filename } = await findWheel(index, { ...wish, machine: { ...machine, arch: 'arm64' } });
    expect(filename).toBe('tensorflow-2.21.0-cp312-cp312-manylinux_2_27_aarch64.whl');
  });

  it('says which versions there are instead', async () => {
    serve({
      tensorflow: [
        'tensorflow-2.9.0-cp310-cp310-manylinux2014_x86_64.whl',
        'tensorflow-2.19.1-cp310-cp310-manylinux2014_x86_64.whl',
      ],
    });
    await expect(findWheel(index, { projects: ['tensorflow'], version: '3.0', machine })).rejects.toThrow(
      'must have a wheel of tensorflow 3.0 for Linux on x64 with glibc 2.36, got only versions 2.19.1, 2.9.0. ' +
        'Choose one with --tensorflow.',
    );
  });

  it('says that it does not know the project, or does not answer', async () => {
    serve({});
    const wish = { projects: ['tensorflow'], version: '2.21.0', machine };
    await expect(findWheel(index, wish)).rejects.toThrow('got none. Name another index with --index URL.');
    answer = () => ({ status: 503, body: '' });
    await expect(findWheel(index, wish)).rejects.toThrow('must answer, got: HTTP 503 for tensorflow.');
    await expect(findWheel('http://me:secret@127.0.0.1:9/simple', wish)).rejects.toThrow(
      /the package index http:\/\/127\.0\.0\.1:9\/simple must answer, got: .*--wheel FILE/,
    );
  });
});

describe('reasonOf', () => {
  it("gives fetch's hidden cause, and names a proxy that Node leaves aside", () => {
    const error = new TypeError('fetch failed', { cause: new Error('connect ENETUNREACH') });
    expect(reasonOf(error, {})).toBe('connect ENETUNREACH');
    expect(reasonOf(error, { https_proxy: 'http://proxy:3128' })).toBe(
      'connect ENETUNREACH (Node 24 and newer use https_proxy with NODE_USE_ENV_PROXY=1)',
    );
  });
});

describe('chooseIndex', () => {
  it('takes the one asked for, else what pip or uv is told by variables', async () => {
    const pip = { PIP_INDEX_URL: 'https://pip.example/simple/' };
    const uv = { UV_DEFAULT_INDEX: 'https://uv.example/simple', UV_INDEX_URL: 'https://old.example/simple' };
    expect(await chooseIndex('http://mine.example/simple', { ...pip, ...uv })).toBe('http://mine.example/simple');
    expect(await chooseIndex(undefined, { ...pip, ...uv })).toBe('https://pip.example/simple');
    expect(await chooseIndex(undefined, uv)).toBe('https://uv.example/simple');
  });

  it('refuses what is no address', async () => {
    await expect(chooseIndex('pypi', {})).rejects.toThrow(
      'the package index must be an http or https address, got "pypi".',
    );
  });
});
