import { setBackend } from '@tensorflow/tfjs-core';
import type { Availability, BackendProvider } from '../provider.js';
import { importPackage } from './importPackage.js';

const PACKAGE = '@tensorflow/tfjs-backend-webgpu';

async function inspect(): Promise<Availability> {
  if ((await importPackage(PACKAGE)) === undefined) {
    return { available: false, detail: `package ${PACKAGE} is not installed` };
  }
  const { gpu } = (globalThis as { navigator?: { gpu?: { requestAdapter(): Promise<unknown> } } }).navigator ?? {};
  if (!gpu) return { available: false, detail: 'this JavaScript engine has no navigator.gpu' };
  return (await gpu.requestAdapter())
    ? { available: true, detail: 'a WebGPU adapter' }
    : { available: false, detail: 'WebGPU finds no adapter' };
}

/** WebGPU on a hardware adapter. */
export const webgpuProvider: BackendProvider = {
  name: 'webgpu',
  title: 'WebGPU',
  inspect,
  open: async () => {
    await importPackage(PACKAGE);
    await setBackend('webgpu');
    return 'WebGPU';
  },
};
