import type { ParameterSource } from '@tessera/core';
import type { SafetensorsType } from './safetensors.js';

/** Name, type and shape of a tensor in a file. */
export interface TensorInfo {
  readonly dtype: SafetensorsType;
  readonly shape: readonly number[];
}

/** An open file, or several that belong together, whose tensors are read one by one as float32. */
export interface TensorFile extends ParameterSource {
  /** What kind of file it is. */
  readonly format: 'safetensors' | 'pytorch';
  /** The tensors by name, in the file's order. */
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  /** Texts that the file holds beside its tensors. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Closes it. Safe to call twice. */
  close(): void;
}
