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

/** Values of an array with its shape. */
export interface ShapedValues {
  readonly shape: readonly number[];
  /** In row-major order. A source may read them only when they are asked for, while it is open. */
  readonly values: Float32Array;
  /** Where the values lie, should they be float32 in a file; a {@link TensorReader} may then take them from there. */
  readonly stored?: StoredValues;
}

/** Float32 values as they lie in a file, little endian, row-major. */
export interface StoredValues {
  /** Path of the file. */
  readonly file: string;
  /** Bytes before the first value. */
  readonly position: number;
  readonly shape: readonly number[];
  /**
   * Which of these axes each of the array's is: array = transpose(stored, axes). The last is 0, as in all layouts of
   * PyTorch's weights; the order is the same if left out.
   */
  readonly axes?: readonly number[];
  /** Fills `values` with the stored ones from a place on. Throws as the file's reader does. */
  readPart(values: Float32Array, from: number): void;
}

/** Makes pretrained values of another shape fit a parameter's; undefined where they cannot. */
export type Adapt = (given: ShapedValues, shape: readonly number[]) => Float32Array | undefined;

/** Options of a trained parameter. */
export interface WeightOptions {
  /** Whether weight decay applies by default; `shape.length > 1` if left out. */
  readonly decays?: boolean;
  /** How `initialize` takes a pretrained table of another size; it refuses one if left out. */
  readonly adapt?: Adapt;
}

/** What a parameter that looks for its value is like. */
export interface WantedParameter {
  readonly shape: readonly number[];
  readonly adapt?: Adapt;
}

/** Where a part creates its parameters; every name is put behind the scope's path. */
export interface ParameterScope {
  /** Path of this scope, without a trailing dot. */
  readonly path: string;
  /** A scope below this one. */
  scope(name: string): ParameterScope;
  /** Creates a trained parameter. Throws when the path is taken. */
  weight(name: string, shape: readonly number[], initializer: Initializer, options?: WeightOptions): Parameter;
  /** Creates a recorded parameter that no gradient reaches. */
  buffer(name: string, shape: readonly number[], initializer: Initializer): Parameter;
}

/** Values for parameters by path: a checkpoint, or tensors read from a foreign file. */
export interface ParameterSource {
  /** Names this source in messages. */
  readonly description: string;
  /** The value for a path, or undefined when the source has none. `wanted` is told where a parameter is created. */
  read(path: string, wanted?: WantedParameter): ShapedValues | undefined;
  /** Closes what is open behind it, such as a file. Safe to call twice. */
  close?(): void;
}
