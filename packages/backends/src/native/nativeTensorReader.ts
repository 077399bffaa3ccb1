import type { StoredValues, TensorReader } from '@tessera/core';
import { attributesOf, type NativeBackend } from './nativeBackend.js';

/** Smaller arrays are read in JavaScript: opening the file anew costs more. */
const leastValues = 16_384;

/** Reads arrays from files into TensorFlow's memory, on its threads. */
export const nativeTensorReader = (backend: NativeBackend): TensorReader => ({
  read: (stored, shape) => {
    if (shape.reduce((product, length) => product * length, 1) < leastValues) return undefined;
    const { binding } = backend;
    const plan = planOf(stored);
    const id = binding.createTensor([plan.length], binding.TF_INT32, plan);
    try {
      const path = attributesOf(binding).text('path', stored.file);
      const [made] = binding.executeOp('TesseraReadTensor', [path], [id], 1);
      return made && backend.createOutputTensor(made);
    } catch {
      return undefined; // the file's own reader knows what to say of a file that was cut short or is gone
    } finally {
      binding.deleteTensor(id);
    }
  },
});

/** See TesseraReadTensor in native/tensor_file.cc. */
function planOf({ position, shape, axes = shape.map((_, axis) => axis) }: StoredValues): Int32Array {
  const high = Math.floor(position / 2 ** 30);
  return Int32Array.of(high, position - high * 2 ** 30, shape.length, ...shape, ...axes);
}
