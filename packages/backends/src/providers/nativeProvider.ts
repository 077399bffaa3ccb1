// Native TensorFlow as `tessera backend install` leaves it in the cache.
import { setBackend } from '@tensorflow/tfjs-core';
import { BackendError } from '@tessera/core';
import { loadNative } from '../native/loadNative.js';
import { findInstall, type InstallSearch, type NativeInstall, type NativeVariant } from '../native/nativeInstalls.js';
import { inNode } from '../native/nodeModules.js';
import type { Availability, BackendProvider } from '../provider.js';

const describe = ({ tensorflow, variant }: NativeInstall): string =>
  `TensorFlow ${tensorflow}${variant === 'gpu' ? ', CUDA build' : ''}`;

/** An installation of the first variant that has one. */
async function search(variants: readonly [NativeVariant, ...NativeVariant[]]): Promise<InstallSearch> {
  const [first, ...others] = variants;
  const found = await findInstall(first);
  if ('install' in found) return found;
  for (const variant of others) {
    const other = await findInstall(variant);
    if ('install' in other) return other;
  }
  return found;
}

async function inspect(variants: readonly [NativeVariant, ...NativeVariant[]]): Promise<Availability> {
  if (!inNode) return { available: false, detail: 'needs Node' };
  const found = await search(variants);
  return 'missing' in found
    ? { available: false, detail: found.missing }
    : { available: true, detail: describe(found.install) };
}

async function load(variants: readonly [NativeVariant, ...NativeVariant[]]): Promise<[NativeInstall, boolean]> {
  const found = await search(variants);
  if ('missing' in found) throw new BackendError(`native: TensorFlow must be installed, got: ${found.missing}.`);
  const binding = loadNative(found.install);
  await setBackend('tensorflow');
  return [found.install, binding.isUsingGpuDevice()];
}

/** TensorFlow on the CPU. */
export const nativeCpuProvider: BackendProvider = {
  name: 'native',
  title: 'native TensorFlow on the CPU',
  inspect: () => inspect(['cpu', 'gpu']),
  open: async () => {
    const [install] = await load(['cpu', 'gpu']);
    return `${describe(install)} on the CPU`;
  },
};

/** TensorFlow on an NVIDIA GPU. */
export const nativeGpuProvider: BackendProvider = {
  name: 'native-gpu',
  title: 'native TensorFlow on a GPU',
  inspect: () => inspect(['gpu']),
  open: async () => {
    const [install, gpu] = await load(['gpu']);
    if (!gpu) throw new BackendError('native-gpu: TensorFlow must find a GPU, got none.');
    return `${describe(install)} on the GPU`;
  },
};
