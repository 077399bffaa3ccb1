import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
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
import { extractWheel } from './extractWheel.js';
import { addNpmPackages } from './npmPackages.js';
import { selfCheck } from './selfCheck.js';
import { linkFolder, tensorflowPlace } from './tensorflowFiles.js';

/** What to install and from where. */
export interface InstallOptions {
  readonly gpu?: boolean;
  /** A wheel file of `tensorflow-cpu` or `tensorflow`. */
  readonly wheel?: string;
  /** Version of TensorFlow. */
  readonly tensorflow?: string;
  /** Builds anew what is there. */
  readonly force?: boolean;
  /** The cache's folder for native backends. */
  readonly cache?: string;
  readonly onStep?: (step: string) => void;
  readonly onProgress?: (step: string, done: number, total: number, unit: 'bytes' | 'files') => void;
}

/** What came of it. */
export interface InstallResult {
  readonly install: NativeInstall;
  /** Whether it was there already. */
  readonly reused: boolean;
  /** Whether TensorFlow found a GPU in the self-check. */
  readonly gpu: boolean;
}

/** Provides native TensorFlow in the cache. */
export async function installNative(options: InstallOptions): Promise<InstallResult> {
  const sources = await nativeSources();
  const cache = options.cache ?? nativeCache();
  const variant: NativeVariant = options.gpu ? 'gpu' : 'cpu';
  const wheel = wheelOf(options);
  const told = {
    tfjs: TFJS_VERSION,
    tensorflow: wheel.version,
    variant,
    sourceHash: hashSources(sources),
    origin: basename(wheel.file),
  };
  const folder = join(cache, installKey(told));
  const there = existsSync(folder) ? readInstall(folder) : undefined;
  if (there && !('problem' in there) && !options.force) return { install: there, reused: true, gpu: false };

  const temporary = join(cache, `.building-${process.pid}-${basename(folder)}`);
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary, { recursive: true });
  try {
    const sibling = listInstalls(cache).installs.find(
      (install) => install.tensorflow === told.tensorflow && install.variant === variant,
    );
    if (sibling) {
      options.onStep?.(`taking TensorFlow ${told.tensorflow} from ${sibling.folder}`);
      for (const part of ['lib', 'include', 'objects']) linkFolder(join(sibling.folder, part), join(temporary, part));
      rmSync(join(temporary, 'lib/tfjs_binding.node'));
    } else {
      options.onStep?.(`unpacking ${wheel.file}`);
      await extractWheel(wheel.file, temporary, tensorflowPlace, (done, total) =>
        options.onProgress?.('unpacking', done, total, 'bytes'),
      );
    }
    options.onStep?.(`fetching @tensorflow/tfjs-node-gpu ${TFJS_VERSION} (without its scripts)`);
    await addNpmPackages(join(temporary, 'node_modules'));
    addLoader(sources, temporary);
    options.onStep?.('compiling the binding');
    await compileBinding({
      folder: temporary,
      sources,
      compiler: process.env['CXX'] ?? 'c++',
      onProgress: (done, total) => options.onProgress?.('compiling', done, total, 'files'),
    });
    options.onStep?.('checking it with a training step');
    const { gpu } = await selfCheck(temporary, sources);
    const installedAt = new Date().toISOString();
    writeFileSync(join(temporary, 'install.json'), `${JSON.stringify({ ...told, installedAt }, undefined, 2)}\n`);
    rmSync(folder, { recursive: true, force: true });
    renameSync(temporary, folder);
    return { install: { ...told, installedAt, folder }, reused: false, gpu };
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
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

function wheelOf({ wheel }: InstallOptions): { file: string; version: string } {
  if (wheel === undefined) throw new BackendError('backend install: a wheel must be given for now. Use --wheel FILE.');
  const file = resolve(wheel);
  const [, , version] = /^(tensorflow|tensorflow_cpu)-(\d[^-]*)-.*\.whl$/.exec(basename(file)) ?? [];
  if (version === undefined || !existsSync(file)) {
    throw new BackendError(
      `backend install: wheel must be a file named tensorflow_cpu-VERSION-….whl or tensorflow-VERSION-….whl, got wheel="${wheel}".`,
    );
  }
  return { file, version };
}
