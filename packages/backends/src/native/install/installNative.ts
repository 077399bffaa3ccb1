import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { BackendError } from '@tessera/core';
import {
  hashSources,
  installKey,
  listInstalls,
  nativeCache,
  nativeSources,
  readInstall,
  TFJS_VERSION,
  type NativeInstall,
  type NativeVariant,
} from '../nativeInstalls.js';
import { compileBinding } from './compileBinding.js';
import { whyNoGpu } from './cudaLibraries.js';
import type { InstallListener } from './fetchWheel.js';
import { BUILDING, lockCache } from './lockCache.js';
import { addNpmPackages } from './npmPackages.js';
import { preflight, thisMachine, type Machine } from './preflight.js';
import { selfCheck } from './selfCheck.js';
import {
  fromEnvironment,
  fromIndex,
  fromInstall,
  fromWheel,
  TENSORFLOW_VERSION,
  type TensorflowSource,
} from './tensorflowSource.js';

/** What to install and from where. */
export interface InstallOptions extends InstallListener {
  /** The build for NVIDIA GPUs. */
  readonly gpu?: boolean;
  /** A wheel file of `tensorflow-cpu` or `tensorflow`. */
  readonly wheel?: string;
  /** A Python interpreter that has TensorFlow. */
  readonly fromPython?: string;
  /** Version of TensorFlow. */
  readonly tensorflow?: string;
  /** Address of the package index; that of pip or uv if left out. */
  readonly index?: string;
  /** Builds anew what is there. */
  readonly force?: boolean;
  /** The cache's folder for native backends. */
  readonly cache?: string;
  /** This one if left out. */
  readonly machine?: Machine;
}

/** What came of it. */
export interface InstallResult {
  readonly install: NativeInstall;
  /** Whether it was there already. */
  readonly reused: boolean;
  /** Why the build for GPUs computed on the CPU in the self-check, if it did. */
  readonly noGpu?: string;
}

/**
 * Provides native TensorFlow in the cache: library and headers of TensorFlow, the binding compiled against them, and a
 * training step that proves it.
 * @throws BackendError that says what is missing, before anything is downloaded, or what went wrong
 */
export async function installNative(options: InstallOptions = {}): Promise<InstallResult> {
  const sources = await nativeSources();
  const cache = options.cache ?? nativeCache();
  const variant: NativeVariant = options.gpu ? 'gpu' : 'cpu';
  const source = await chooseSource(options, cache, variant);
  const { version: tensorflow, origin } = source;
  const told = { tfjs: TFJS_VERSION, tensorflow, variant, sourceHash: hashSources(sources), origin };
  const folder = join(cache, installKey(told));
  const there = existsSync(folder) ? readInstall(folder) : undefined;
  if (there && !('problem' in there) && !options.force) return { install: there, reused: true };

  const machine = options.machine ?? thisMachine();
  const { compiler } = await preflight(machine, { cache, bytes: source.bytes });
  const downloads = join(cache, 'downloads');
  const unlock = lockCache(cache);
  const temporary = join(cache, `${BUILDING}${process.pid}-${basename(folder)}`);
  mkdirSync(temporary, { recursive: true });
  try {
    await source.place(temporary, { ...options, variant, machine, downloads });
    options.onStep?.(`fetching @tensorflow/tfjs-node-gpu ${TFJS_VERSION} (without its scripts)`);
    await addNpmPackages(join(temporary, 'node_modules'));
    addLoader(sources, temporary);
    options.onStep?.(`compiling the binding with ${compiler}`);
    await compileBinding({
      folder: temporary,
      sources,
      compiler,
      onProgress: (done, total) => options.onProgress?.('compiling', done, total, 'files'),
    });
    options.onStep?.('checking it with a training step');
    const { gpu } = await selfCheck(temporary, sources);
    const installedAt = new Date().toISOString();
    writeFileSync(join(temporary, 'install.json'), `${JSON.stringify({ ...told, installedAt }, undefined, 2)}\n`);
    rmSync(folder, { recursive: true, force: true });
    renameSync(temporary, folder);
    rmSync(downloads, { recursive: true, force: true });
    const noGpu = variant === 'gpu' && !gpu ? { noGpu: await whyNoGpu(folder) } : {};
    return { install: { ...told, installedAt, folder }, reused: false, ...noGpu };
  } finally {
    rmSync(temporary, { recursive: true, force: true });
    unlock();
  }
}

/** What is asked for; else the same TensorFlow of another installation, else the package index. */
async function chooseSource(
  { wheel, fromPython, tensorflow = TENSORFLOW_VERSION, force }: InstallOptions,
  cache: string,
  variant: NativeVariant,
): Promise<TensorflowSource> {
  if (wheel !== undefined && fromPython !== undefined) {
    throw new BackendError('backend install: --wheel and --from-python name two sources, got both. Give one.');
  }
  if (wheel !== undefined) return fromWheel(wheel, variant);
  if (fromPython !== undefined) return fromEnvironment(fromPython, variant);
  const sibling = listInstalls(cache).installs.find(
    (install) => install.tensorflow === tensorflow && install.variant === variant,
  );
  return sibling && !force ? fromInstall(sibling) : fromIndex(tensorflow, variant);
}

/** The loader, and packages in the names that tfjs-node's files ask for, which give out the application's own core. */
function addLoader(sources: string, folder: string): void {
  for (const name of readdirSync(sources).filter((file) => file.endsWith('.cjs'))) {
    copyFileSync(join(sources, name), join(folder, name));
  }
  for (const name of ['tfjs', 'tfjs-core']) {
    const shim = join(folder, 'node_modules/@tensorflow', name);
    mkdirSync(shim, { recursive: true });
    copyFileSync(join(sources, 'shim.cjs'), join(shim, 'index.js'));
    writeFileSync(join(shim, 'package.json'), `${JSON.stringify({ name: `@tensorflow/${name}`, main: 'index.js' })}\n`);
  }
}
