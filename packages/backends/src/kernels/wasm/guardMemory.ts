// WebAssembly memory ends at 4 GiB. TensorFlow.js takes the address 0 of a failed allocation for a real one and writes
// there, which ends in "memory access out of bounds" or in wrong numbers; here it becomes a message.
import { BackendError } from '@tessera/core';

/** What is used of TensorFlow.js' wasm module. */
export interface WasmMemory {
  _malloc(bytes: number): number;
  readonly HEAPU8: Uint8Array;
  readonly asm?: { readonly malloc?: (bytes: number) => number };
}

/** Addresses are 32 bits wide; the last page stays free. */
const mostBytes = 2 ** 32 - 2 ** 16;

const mebibytes = (bytes: number): string => `${Math.ceil(bytes / 2 ** 20).toLocaleString('en-US')} MiB`;

/** Makes an allocation that fails throw BackendError instead of returning 0. Safe to call twice. */
export function guardMemory(wasm: WasmMemory): void {
  const malloc = wasm.asm?.malloc;
  if (!malloc) return;
  wasm._malloc = (bytes) => {
    const address = bytes > mostBytes ? 0 : malloc(bytes);
    if (address !== 0 || bytes === 0) return address;
    throw new BackendError(
      `wasm: a model's tensors must fit into WebAssembly's 4,096 MiB, got a request for ${mebibytes(bytes)} with ` +
        `${mebibytes(wasm.HEAPU8.byteLength)} taken. Lower training.batchSize (training.accumulate keeps the update's ` +
        'size), use smaller inputs or a smaller model, or another backend.',
    );
  };
}
