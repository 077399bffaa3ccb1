// The binding: the C++ files of @tensorflow/tfjs-node-gpu and those in this package's native/, each compiled on its own, and
// linked into one module for Node.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { BackendError } from '@tessera/core';
import { lastLines, runProgram } from './runProgram.js';

/** Where everything lies, and what to compile with. */
export interface CompileOptions {
  /** The installation: `include` and `lib` of TensorFlow, `node_modules/@tensorflow/tfjs-node-gpu`; gets `lib/tfjs_binding.node`. */
  readonly folder: string;
  /** The folder with further C++ files. */
  readonly sources: string;
  readonly compiler: string;
  readonly onProgress?: (done: number, total: number, file: string) => void;
}

const commonFlags = ['-fPIC', '-O2', '-std=c++17', '-DNAPI_VERSION=8', '-DNDEBUG', '-w'];

interface Unit {
  readonly file: string;
  readonly object: string;
  readonly flags: readonly string[];
}

/**
 * Compiles and links the binding. Object files are kept beside it and used again while nothing they are made of changes.
 * @throws BackendError with the compiler's last lines
 */
export async function compileBinding(options: CompileOptions): Promise<void> {
  const objects = join(options.folder, 'objects');
  mkdirSync(objects, { recursive: true });
  const units = unitsOf(options, objects);
  let done = 0;
  const compile = async (unit: Unit): Promise<void> => {
    if (!existsSync(unit.object)) {
      await run(options.compiler, [...unit.flags, '-c', unit.file, '-o', unit.object], unit.file);
    }
    options.onProgress?.((done += 1), units.length + 1, basename(unit.file));
  };
  await inParallel(units, compile);
  await link(options, units);
  options.onProgress?.(units.length + 1, units.length + 1, 'tfjs_binding.node');
}

/** Goes into a library that is loaded before TensorFlow's. */
const isLogLevel = ({ file }: Unit): boolean => basename(file) === 'log_level.cc';

async function link({ folder, compiler }: CompileOptions, units: readonly Unit[]): Promise<void> {
  const library = join(folder, 'lib');
  const objects = (chosen: readonly Unit[]): string[] => chosen.map(({ object }) => object);
  const first = units.filter(isLogLevel);
  if (first.length > 0) {
    const name = 'libtessera_log_level.so';
    const flags = ['-shared', '-Wl,-z,initfirst', `-Wl,-soname,${name}`, '-o', join(library, name)];
    await run(compiler, [...flags, ...objects(first)], name);
  }
  await run(
    compiler,
    [
      ...['-shared', '-o', join(library, 'tfjs_binding.node'), ...objects(units.filter((unit) => !isLogLevel(unit)))],
      ...[`-L${library}`, '-Wl,-rpath,$ORIGIN', '-Wl,--no-as-needed'],
      ...(first.length > 0 ? ['-l:libtessera_log_level.so'] : []),
      ...['-l:libtensorflow_cc.so.2', '-l:libtensorflow_framework.so.2'],
    ],
    'tfjs_binding.node',
  );
}

function unitsOf({ folder, sources, compiler }: CompileOptions, objects: string): Unit[] {
  const binding = join(folder, 'node_modules/@tensorflow/tfjs-node-gpu/binding');
  const own = filesOf(sources, '.cc');
  // A file of ours that includes one of the package's to extend it stands in for it.
  const texts = own.map((file) => readFileSync(file, 'utf8'));
  const replaced = (file: string): boolean => texts.some((text) => text.includes(`#include "${basename(file)}"`));
  const files = [...filesOf(binding, '.cc').filter((file) => !replaced(file)), ...own];
  const includes = [
    nodeHeaders(sources, 'node-api-headers/package.json', 'include'),
    nodeHeaders(sources, 'node-addon-api/package.json', ''),
    binding,
    sources,
    join(folder, 'include'),
  ].map((include) => `-I${include}`);
  const shared = createHash('sha256').update(compiler);
  for (const file of [...filesOf(binding, ''), ...filesOf(sources, '.h')]) shared.update(readFileSync(file));
  const common = shared.digest('hex');
  return files.map((file) => {
    const text = readFileSync(file, 'utf8');
    const flags = [...commonFlags, ...(/^\/\/ compile with: (.+)$/m.exec(text)?.[1]?.trim().split(/\s+/) ?? [])];
    const hash = createHash('sha256')
      .update([common, ...flags, text].join('\0'))
      .digest('hex')
      .slice(0, 12);
    return { file, object: join(objects, `${basename(file, '.cc')}-${hash}.o`), flags: [...flags, ...includes] };
  });
}

const filesOf = (folder: string, extension: string): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith(extension))
    .sort()
    .map((name) => join(folder, name));

const nodeHeaders = (from: string, manifest: string, folder: string): string =>
  join(dirname(createRequire(join(from, 'folder.mjs')).resolve(manifest)), folder);

async function inParallel<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const open = [...items];
  const worker = async (): Promise<void> => {
    for (let item = open.shift(); item !== undefined; item = open.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(items.length, availableParallelism()) }, worker));
}

async function run(compiler: string, args: readonly string[], what: string): Promise<void> {
  const result = await runProgram(compiler, args);
  if (result.code === 0) return;
  throw new BackendError(`backend install: ${compiler} must compile ${what}, got:\n${lastLines(result)}`);
}
