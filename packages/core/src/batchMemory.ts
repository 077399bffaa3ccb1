// Memory for batches. A garbage collector that counts megabytes of arrays starts a round for a few batches of pictures.
import { backend } from '@tensorflow/tfjs-core';

/** What a TensorFlow.js backend may say of itself. */
export interface CopyingBackend {
  /** Arrays of at least so many bytes are copied while a tensor is made of them, and may be used for something else then. */
  readonly copiesArraysFrom?: number;
}

/** Lends the same array to one batch after the other, where the backend copies what tensors are made of. */
export class BatchMemory {
  private kept = new Float32Array(0);

  /** An array with values of the batch before in it, to be filled and made a tensor of before the next one is taken. */
  take(length: number): Float32Array {
    const { copiesArraysFrom = Infinity } = backend() as CopyingBackend;
    if (4 * length < copiesArraysFrom) return new Float32Array(length);
    if (this.kept.length < length) this.kept = new Float32Array(length);
    return this.kept.subarray(0, length);
  }
}
