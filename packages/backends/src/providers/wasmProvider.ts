import { backend, registerBackend, removeBackend, setBackend } from '@tensorflow/tfjs-core';
import { BackendError, type CopyingBackend, type TensorReader } from '@tessera/core';
import { registerBorrowedKernels } from '../kernels/wasm/borrowedKernels.js';
import { WasmContext } from '../kernels/wasm/wasmContext.js';
import { wasmTensorReader } from '../kernels/wasm/wasmTensorReader.js';
import { registerWasmKernels } from '../kernels/wasm/registerWasmKernels.js';
import { openSharedBackend } from '../kernels/wasm/threads/sharedBackend.js';
import { inNode } from '../nodeModules.js';
import type { BackendProvider } from '../provider.js';

let reader: TensorReader | undefined;
let opened: { readonly threads: number; readonly own: boolean } | undefined;

/** Opens it once in a process: tensors lie in its memory. */
async function openOnce(threads: number): Promise<{ readonly threads: number; readonly own: boolean }> {
  await import('@tensorflow/tfjs-backend-wasm');
  if (threads > 1) {
    const shared = await openSharedBackend();
    removeBackend('wasm');
    registerBackend('wasm', () => shared);
  }
  await activate();
  Object.assign(backend(), { copiesArraysFrom: 0 } satisfies CopyingBackend);
  return { threads, own: await registerWasmKernels(backend(), threads) };
}

async function activate(): Promise<void> {
  if (await setBackend('wasm')) return;
  throw new BackendError('wasm: the WebAssembly module must load, got a failure. Use backend=cpu.');
}

function checkThreads(asked: number): void {
  if (opened && asked !== opened.threads) {
    throw new BackendError(
      `openBackend: threads cannot change once wasm is open, got threads=${asked} after ${opened.threads}. ` +
        'Ask for them when the backend is opened first.',
    );
  }
  if (asked > 1 && !inNode) {
    throw new BackendError(
      `openBackend: wasm has more than one thread in Node alone, got threads=${asked}. Leave it out.`,
    );
  }
}

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
  open: async ({ threads } = {}) => {
    if (threads !== undefined) checkThreads(threads);
    opened ??= await openOnce(threads ?? 1);
    await activate();
    if (opened.own) {
      await import('@tensorflow/tfjs-backend-cpu');
      registerBorrowedKernels();
      reader = wasmTensorReader(WasmContext.of(backend()));
    }
    const text = opened.threads === 1 ? '1 thread' : `${opened.threads} threads`;
    return `WebAssembly, ${text}${opened.own ? ', own kernels' : ''}`;
  },
  threads: () => opened?.threads ?? 1,
  reader: () => reader,
};
