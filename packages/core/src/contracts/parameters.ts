import type { Variable } from '@tensorflow/tfjs-core';
import type { RandomSource } from '../random.js';

/** Fills a new parameter: its values in row-major order. */
export type Initializer = (shape: readonly number[], random: RandomSource) => Float32Array;

/** One named array of a model. */
export interface Parameter {
  /** Path built from the spec, such as `modalities.image.encoder.layer1.0.conv1.weight`. */
  readonly path: string;
  /** Weights are trained; buffers (running statistics) are only recorded. */
  readonly role: 'weight' | 'buffer';
  readonly shape: readonly number[];
  /** Whether weight decay applies by default: false for biases and normalisation. */
  readonly decays: boolean;
  /** The current value, float32. Borrowed: never dispose it. */
  readonly value: Variable;
}

/** Where a part creates its parameters; every name is put behind the scope's path. */
export interface ParameterScope {
  /** Path of this scope, without a trailing dot. */
  readonly path: string;
  /** A scope below this one. */
  scope(name: string): ParameterScope;
  /** Creates a trained parameter. Throws when the path is taken. `decays` defaults to shape.length > 1. */
  weight(name: string, shape: readonly number[], initializer: Initializer, options?: { decays?: boolean }): Parameter;
  /** Creates a recorded parameter that no gradient reaches. */
  buffer(name: string, shape: readonly number[], initializer: Initializer): Parameter;
}

/** Values for parameters by path: a checkpoint, or tensors read from a foreign file. */
export interface ParameterSource {
  /** Names this source in messages. */
  readonly description: string;
  /** The value for a path, or undefined when the source has none. */
  read(path: string): { readonly shape: readonly number[]; readonly values: Float32Array } | undefined;
  /** Closes what is open behind it, such as a file. Safe to call twice. */
  close?(): void;
}
