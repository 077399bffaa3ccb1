// What has to be there before anything is downloaded: the platform, a compiler and two programs, room on the disk, a
// writable cache.
import { existsSync, mkdtempSync, rmdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { BackendError } from '@tessera/core';
import { lastLines, runProgram, type ProgramResult } from './runProgram.js';
import type { WheelMachine } from './wheelName.js';

/** The machine, as far as installing depends on it. Tests hand in another one. */
export interface Machine extends WheelMachine {
  readonly platform: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Free bytes on the disk that holds a folder which exists. */
  freeBytes(folder: string): number;
  run(program: string, args: readonly string[]): Promise<ProgramResult>;
}

/** What will be done. */
export interface PreflightOptions {
  /** The folder of all installations; need not exist. */
  readonly cache: string;
  /** Bytes that will be written there. */
  readonly bytes: number;
}

/** What was found. */
export interface PreflightResult {
  /** The C++ compiler's command. */
  readonly compiler: string;
}

/** This machine. */
export function thisMachine(): Machine {
  const glibc = glibcVersion();
  return {
    platform: process.platform,
    arch: process.arch,
    ...(glibc && { glibc }),
    environment: process.env,
    freeBytes: (folder) => {
      const { bavail, bsize } = statfsSync(folder);
      return bavail * bsize;
    },
    run: runProgram,
  };
}

function glibcVersion(): readonly [number, number] | undefined {
  // Without this a report resolves the names of all open connections.
  Object.assign(process.report, { excludeNetwork: true });
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(header.glibcVersionRuntime ?? '') ?? [];
  return major === undefined || minor === undefined ? undefined : [Number(major), Number(minor)];
}

/**
 * Checks everything and reports all that is missing at once.
 * @throws BackendError that says for each how to get it
 */
export async function preflight(machine: Machine, options: PreflightOptions): Promise<PreflightResult> {
  const platform = platformProblem(machine);
  if (platform !== undefined) throw new BackendError(`backend install: ${platform}`);
  const compiler = await findCompiler(machine);
  const problems = [
    diskProblem(machine, options),
    typeof compiler === 'string' ? undefined : compiler.problem,
    ...(await Promise.all(programs.map((program) => programProblem(machine, program)))),
  ].filter((problem) => problem !== undefined);
  if (problems.length > 0 || typeof compiler !== 'string') {
    throw new BackendError(problems.map((problem) => `backend install: ${problem}`).join('\n'));
  }
  return { compiler };
}

function platformProblem({ platform, arch, glibc }: Machine): string | undefined {
  const instead = 'Use --backend webgpu or --backend wasm here.';
  if (platform !== 'linux' || !['x64', 'arm64'].includes(arch)) {
    return `TensorFlow's C++ library comes for Linux on x64 and arm64, got ${platform} on ${arch}. ${instead}`;
  }
  return glibc
    ? undefined
    : `TensorFlow's C++ library needs the GNU C library, got another one (musl, as Alpine has). ${instead}`;
}

function diskProblem({ freeBytes }: Machine, { cache, bytes }: PreflightOptions): string | undefined {
  const elsewhere = 'or set TESSERA_CACHE to a folder elsewhere';
  let folder = cache;
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  try {
    // Permissions alone don't tell: the disk may be mounted read-only, and root may do anything.
    rmdirSync(mkdtempSync(join(folder, '.tessera-')));
  } catch (error) {
    const { code = 'error' } = error as NodeJS.ErrnoException;
    return `the cache must be writable, got ${folder}, which is not (${code}). Change its permissions, ${elsewhere}.`;
  }
  const free = freeBytes(folder);
  return free >= bytes
    ? undefined
    : `${gigabytes(bytes)} must be free for ${cache}, got ${gigabytes(free)}. Free some, ${elsewhere}.`;
}

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;

const programs = [
  { name: 'npm', purpose: 'fetches two packages', remedy: "It comes with Node; put Node's bin folder on the PATH" },
  { name: 'tar', purpose: 'unpacks them', remedy: 'apt install tar, or dnf install tar' },
] as const;

async function programProblem(
  { run }: Machine,
  { name, purpose, remedy }: (typeof programs)[number],
): Promise<string | undefined> {
  const { code, failure } = await run(name, ['--version']);
  if (code === 0) return undefined;
  return `${name}, which ${purpose}, must run, got ${failure ?? `exit code ${code ?? 'none'}`}. ${remedy}.`;
}

const TEST_PROGRAM = `#include <memory>
#include <string_view>
#include <dlfcn.h>
extern "C" std::size_t tessera_test(const char *text) {
  const auto held = std::make_unique<std::string_view>(text);
  return held->size() + (dlsym(nullptr, text) == nullptr);
}
`;

/** The first compiler that makes a library of a test file. */
async function findCompiler(machine: Machine): Promise<string | { readonly problem: string }> {
  const asked = machine.environment['CXX'];
  const candidates = asked ? [asked] : ['g++', 'clang++', 'c++'];
  const scratch = mkdtempSync(join(tmpdir(), 'tessera-compiler-'));
  let complaint: string | undefined;
  try {
    const source = join(scratch, 'test.cc');
    writeFileSync(source, TEST_PROGRAM);
    for (const compiler of candidates) {
      const [program = '', ...flags] = compiler.split(/\s+/).filter(Boolean);
      const args = [...flags, '-std=c++17', '-fPIC', '-shared', source, '-o', join(scratch, 'test.so'), '-ldl'];
      const result = await machine.run(program, args);
      if (result.code === 0) return compiler;
      if (result.failure === undefined) complaint ??= `${compiler} says: ${lastLines(result, 3)}`;
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  const names = asked ? `CXX="${asked}"` : candidates.join(', ');
  return {
    problem:
      `a C++17 compiler must be there, got ${complaint ?? `none (looked for ${names})`}. ` +
      'Install one: apt install g++ (Debian, Ubuntu), dnf install gcc-c++ (Fedora, RHEL), or set CXX.',
  };
}
