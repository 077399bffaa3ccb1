import type { Tensor } from '@tensorflow/tfjs-core';
import { token } from '../token.js';
import type { StoredValues } from './parameters.js';

/** Brings values from a file to where the backend computes, without an array in JavaScript between. */
export interface TensorReader {
  /** A tensor of the array, owned by the caller; undefined where the array should be read in JavaScript. */
  read(stored: StoredValues, shape: readonly number[]): Tensor | undefined;
}

/** Token of the {@link TensorReader}; a backend may offer one. */
export const tensorReader = token<TensorReader>('tessera.TensorReader', "the backend's reader of tensors in files");
