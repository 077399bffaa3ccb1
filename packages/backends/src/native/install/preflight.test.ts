import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { preflight, thisMachine, type Machine } from './preflight.js';

const compiles = { code: 0, stdout: '', stderr: '' };
const notFound = { code: null, stdout: '', stderr: '', failure: 'ENOENT' };

describe('preflight', () => {
  let folder: string;
  let ran: string[];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tessera-preflight-'));
    ran = [];
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** A machine that has what is needed, but for what `changes` says. */
  const machine = (changes: Partial<Machine> = {}): Machine => ({
    platform: 'linux',
    arch: 'x64',
    glibc: [2, 36],
    environment: {},
    freeBytes: () => 10e9,
    run: (program) => {
      ran.push(program);
      return Promise.resolve(compiles);
    },
    ...changes,
  });
  const check = (changes?: Partial<Machine>) =>
    preflight(machine(changes), { cache: join(folder, 'not/yet/there'), bytes: 2e9 });

  it('passes where all is there, names the compiler and makes no folder', async () => {
    expect(await check()).toEqual({ compiler: 'g++' });
    expect(existsSync(join(folder, 'not'))).toBe(false);
  });

  it('finds the compiler of this machine, which compiles the test file', async () => {
    const { compiler } = await preflight({ ...thisMachine(), freeBytes: () => 10e9 }, { cache: folder, bytes: 2e9 });
    expect(compiler).toMatch(/\+\+/);
  });

  it('takes the first compiler that compiles', async () => {
    const run: Machine['run'] = (program) => Promise.resolve(/^g\+\+$/.test(program) ? notFound : compiles);
    expect(await check({ run })).toEqual({ compiler: 'clang++' });
  });

  it('takes the compiler of CXX, with its arguments, and no other', async () => {
    expect(await check({ environment: { CXX: 'ccache g++-13' } })).toEqual({ compiler: 'ccache g++-13' });
    expect(ran).toEqual(['ccache', 'npm', 'tar']);
    await expect(check({ environment: { CXX: 'icpc' }, run: () => Promise.resolve(notFound) })).rejects.toThrow(
      'a C++17 compiler must be there, got none (looked for CXX="icpc").',
    );
  });

  it('says how to get a compiler where there is none', async () => {
    await expect(check({ run: () => Promise.resolve(notFound) })).rejects.toThrow(
      'backend install: a C++17 compiler must be there, got none (looked for g++, clang++, c++). Install one: apt install g++',
    );
  });

  it('repeats what a compiler says that cannot compile', async () => {
    const run: Machine['run'] = () => Promise.resolve({ code: 1, stdout: '', stderr: 'test.cc:1: no <memory> here' });
    await expect(check({ run })).rejects.toThrow('got g++ says: test.cc:1: no <memory> here. Install one');
  });

  it('wants npm and tar', async () => {
    const run: Machine['run'] = (program) => Promise.resolve(program === 'npm' ? notFound : compiles);
    await expect(check({ run })).rejects.toThrow(
      "npm, which fetches two packages, must run, got ENOENT. It comes with Node; put Node's bin folder on the PATH.",
    );
  });

  it('refuses other systems, processors and C libraries before all else', async () => {
    const run: Machine['run'] = () => Promise.resolve(notFound);
    await expect(check({ platform: 'darwin', arch: 'arm64', run })).rejects.toThrow(
      "TensorFlow's C++ library comes for Linux on x64 and arm64, got darwin on arm64. Use --backend webgpu",
    );
    await expect(check({ arch: 'riscv64' })).rejects.toThrow('got linux on riscv64');
    await expect(check({ glibc: undefined })).rejects.toThrow('needs the GNU C library, got another one (musl');
  });

  it('says how much room is missing, and what else is, at once', async () => {
    const run: Machine['run'] = () => Promise.resolve(notFound);
    const message = await check({ freeBytes: () => 0.3e9, run }).catch((error: unknown) => (error as Error).message);
    expect(message).toContain(
      `2.0 GB must be free for ${folder}/not/yet/there, got 0.3 GB. Free some, or set TESSERA_CACHE`,
    );
    expect(message).toContain('\nbackend install: a C++17 compiler must be there');
  });

  it('refuses a cache that cannot be written', async () => {
    const options = { cache: '/proc/tessera', bytes: 1 };
    await expect(preflight(machine(), options)).rejects.toThrow(
      /the cache must be writable, got \/proc, which is not \(E/,
    );
  });
});
