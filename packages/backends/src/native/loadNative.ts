import * as core from '@tensorflow/tfjs-core';
import { BackendError } from '@tessera/core';
import type { NativeInstall } from './nativeInstalls.js';
import { setTensorflowThreads } from '../threads.js';
import { environment, path, requireFrom } from '../nodeModules.js';

/** What is used here of the binding that an installation's `load.cjs` returns. */
export interface LoadedBinding {
  isUsingGpuDevice(): boolean;
}

interface Loaded {
  readonly install: NativeInstall;
  readonly binding: LoadedBinding;
}

let loaded: Loaded | undefined;

/** The installation that this process has loaded: there can be no other one in it. */
export const loadedInstall = (): NativeInstall | undefined => loaded?.install;

/**
 * Loads an installation into this process and registers its backend, `tensorflow`, with TensorFlow.js.
 * @param threads - all physical cores if left out
 * @throws BackendError when the library does not load, or another one is loaded already
 */
export function loadNative(install: NativeInstall, threads?: number): LoadedBinding {
  setTensorflowThreads(threads);
  if (loaded?.install.folder === install.folder) return loaded.binding;
  if (loaded) {
    throw new BackendError(
      `native: one installation can be loaded in a process, got ${loaded.install.folder}, then ${install.folder}.`,
    );
  }
  // TensorFlow's lines about the processor's instructions say nothing that a user of ours could act on.
  environment()['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
  const load = requireFrom(path().join(install.folder, 'load.cjs'))('./load.cjs') as (tf: object) => LoadedBinding;
  try {
    const binding = load(core);
    loaded = { install, binding };
    return binding;
  } catch (error) {
    throw new BackendError(
      `native: the library must load, got: ${(error as Error).message}. tessera backend install --force builds it anew.`,
      { cause: error },
    );
  }
}
