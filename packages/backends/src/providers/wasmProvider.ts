import { setBackend } from '@tensorflow/tfjs-core';
import { BackendError } from '@tessera/core';
import type { BackendProvider } from '../provider.js';

/** WebAssembly with SIMD: the embedded default, nothing but npm packages needed. */
export const wasmProvider: BackendProvider = {
  name: 'wasm',
  title: 'WebAssembly on the CPU',
  inspect: () =>
    Promise.resolve(
      (globalThis as { WebAssembly?: object }).WebAssembly
        ? { available: true, detail: 'WebAssembly is supported' }
        : { available: false, detail: 'this JavaScript engine has no WebAssembly' },
    ),
  open: async () => {
    await import('@tensorflow/tfjs-backend-wasm');
    if (!(await setBackend('wasm'))) {
      throw new BackendError('wasm: the WebAssembly module must load, got a failure. Use backend=cpu.');
    }
    return 'WebAssembly, 1 thread';
  },
};
