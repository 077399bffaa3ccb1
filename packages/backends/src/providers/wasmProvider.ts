import { backend, setBackend } from '@tensorflow/tfjs-core';
import { BackendError, type TensorReader } from '@tessera/core';
import { registerBorrowedKernels } from '../kernels/wasm/borrowedKernels.js';
import { WasmContext } from '../kernels/wasm/wasmContext.js';
import { wasmTensorReader } from '../kernels/wasm/wasmTensorReader.js';
import { registerWasmKernels } from '../kernels/wasm/registerWasmKernels.js';
import type { BackendProvider } from '../provider.js';

let reader: TensorReader | undefined;

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
    const own = await registerWasmKernels(backend());
    if (own) {
      await import('@tensorflow/tfjs-backend-cpu');
      registerBorrowedKernels();
    }
    if (own) reader = wasmTensorReader(WasmContext.of(backend()));
    return own ? 'WebAssembly, 1 thread, own kernels' : 'WebAssembly, 1 thread';
  },
  reader: () => reader,
};
