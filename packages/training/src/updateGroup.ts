import type { Tensor } from '@tensorflow/tfjs-core';
import { accumulate } from './trainStep.js';

/** The gradients of the batches that make one update; an epoch's last group may hold fewer. */
export class UpdateGroup {
  private gradients = new Map<string, Tensor>();

  constructor(
    private readonly accumulate: number,
    private readonly numBatches: number,
  ) {}

  /** Number of batches in the group that batch `index` belongs to. */
  sizeAt(index: number): number {
    const start = Math.floor(index / this.accumulate) * this.accumulate;
    return Math.min(this.accumulate, this.numBatches - start);
  }

  /** Whether a group ends after `done` batches. */
  complete(done: number): boolean {
    return done % this.accumulate === 0 || done === this.numBatches;
  }

  get isEmpty(): boolean {
    return this.gradients.size === 0;
  }

  add(gradients: ReadonlyMap<string, Tensor>): void {
    accumulate(this.gradients, gradients);
  }

  take(): ReadonlyMap<string, Tensor> {
    const { gradients } = this;
    this.gradients = new Map();
    return gradients;
  }

  /** Frees the gradients of a group that was not completed. */
  dispose(): void {
    for (const gradient of this.take().values()) gradient.dispose();
  }
}
