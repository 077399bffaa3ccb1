// Native TensorFlow through the tfjs-node packages. Their own installers don't fit every machine, so they are no
// dependency: whoever has one installed gets it used.
import { setBackend } from '@tensorflow/tfjs-core';
import type { BackendProvider } from '../provider.js';
import { importPackage } from './importPackage.js';

const nativeProvider = (name: 'native' | 'native-gpu', packageName: string, title: string): BackendProvider => ({
  name,
  title,
  inspect: async () => {
    try {
      const found = (await importPackage(packageName)) !== undefined;
      const missing = `package ${packageName} is not installed`;
      return found ? { available: true, detail: `package ${packageName}` } : { available: false, detail: missing };
    } catch (error) {
      return { available: false, detail: `package ${packageName} does not load: ${(error as Error).message}` };
    }
  },
  open: async () => {
    await importPackage(packageName);
    await setBackend('tensorflow');
    return `${title} (${packageName})`;
  },
});

/** TensorFlow on the CPU. */
export const nativeCpuProvider = nativeProvider('native', '@tensorflow/tfjs-node', 'native TensorFlow on the CPU');

/** TensorFlow on an NVIDIA GPU. */
export const nativeGpuProvider = nativeProvider(
  'native-gpu',
  '@tensorflow/tfjs-node-gpu',
  'native TensorFlow on a GPU',
);
