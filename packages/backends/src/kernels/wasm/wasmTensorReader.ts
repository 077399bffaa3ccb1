import { engine } from '@tensorflow/tfjs-core';
import { readStored, type TensorReader } from '@tessera/core';
import type { WasmContext } from './wasmContext.js';

/** Reads arrays from files into WebAssembly's memory. */
export const wasmTensorReader = (context: WasmContext): TensorReader => ({
  read: (stored, shape) => {
    const tensor = context.output(shape);
    try {
      readStored(stored, context.floats(tensor));
    } catch (error) {
      context.discard(tensor);
      throw error;
    }
    return engine().makeTensorFromTensorInfo(tensor);
  },
});
