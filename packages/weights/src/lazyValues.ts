import { readStored, type ShapedValues, type StoredValues } from '@tessera/core';
import type { ByteFile } from './byteFile.js';

/** Values that are read when they are first asked for. */
export function lazyValues(shape: readonly number[], read: () => Float32Array, stored?: StoredValues): ShapedValues {
  let values: Float32Array | undefined;
  return {
    shape,
    get values(): Float32Array {
      return (values ??= read());
    },
    ...(stored && { stored }),
  };
}

/** Values that lie in a file as they are. */
export const valuesOf = (shape: readonly number[], stored: StoredValues): ShapedValues =>
  lazyValues(
    shape,
    () => {
      const values = new Float32Array(shape.reduce((product, dimension) => product * dimension, 1));
      readStored(stored, values);
      return values;
    },
    stored,
  );

/** Float32 values from a place of a file on. */
export const storedValues = (file: ByteFile, position: number, shape: readonly number[]): ShapedValues =>
  valuesOf(shape, {
    file: file.path,
    position,
    shape,
    readPart: ({ buffer, byteOffset, byteLength }, from) => {
      file.readInto(new Uint8Array(buffer, byteOffset, byteLength), position + 4 * from);
    },
  });
