// Between tensors and the fixtures' arrays.
import { engine, tensor2d, type Tensor, type Tensor2D } from '@tensorflow/tfjs-core';
import type { Got } from './records.js';

/** int32 [B, S] from rows of ids. */
export const ids = (rows: readonly (readonly number[])[]): Tensor2D => matrix(rows, 'int32');

/** float32 [B, S] from rows of 0 and 1. */
export const mask = (rows: readonly (readonly number[])[]): Tensor2D => matrix(rows, 'float32');

/** A tensor's shape and values. */
export const got = async (tensor: Tensor): Promise<Got> => ({ shape: tensor.shape, values: await tensor.data() });

/** Runs a step and frees the tensors it made: tf.tidy for steps that read values back, one at a time. */
export async function inScope<T>(step: () => Promise<T>): Promise<T> {
  engine().startScope();
  try {
    return await step();
  } finally {
    engine().endScope();
  }
}

const matrix = (rows: readonly (readonly number[])[], dtype: 'int32' | 'float32'): Tensor2D =>
  tensor2d(
    rows.map((row) => [...row]),
    undefined,
    dtype,
  );
