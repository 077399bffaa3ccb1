import { tidy } from '@tensorflow/tfjs-core';

/**
 * `tf.tidy` for a step that returns a record of tensors: it keeps every tensor found in the result, at any depth, and
 * frees the others. TensorFlow.js types its results as index signatures, which no interface satisfies.
 */
export function tidyRecord<TResult extends object>(step: () => TResult): TResult {
  return tidy(step as () => never);
}
