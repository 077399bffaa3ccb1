import { add, tidy, zerosLike, type Tensor, type Variable } from '@tensorflow/tfjs-core';
import type { Parameter } from '@tessera/core';
import { zeroVariable } from './optimizerState.js';

/** Sums of gradients over the batches of one update, as variables that functions of several batches share. */
export class GradientSums {
  private readonly sums = new Map<string, Variable>();
  /** Paths of the parameters that the sums hold a gradient of. */
  readonly pending = new Set<string>();

  /** Makes the sums of some parameters, so that a function may assign them. */
  prepare(parameters: readonly Parameter[]): void {
    for (const { path, shape } of parameters) {
      if (!this.sums.has(path)) this.sums.set(path, zeroVariable(shape));
    }
  }

  /** Adds gradients and frees them. Part of a function's body: {@link pending} is the caller's to keep. */
  add(gradients: ReadonlyMap<string, Tensor>): void {
    for (const [path, gradient] of gradients) {
      tidy(() => this.sumOf(path).assign(add(this.sumOf(path), gradient)));
      gradient.dispose();
    }
  }

  /** The sums of some parameters as tensors that the caller frees. */
  read(paths: Iterable<string>): Map<string, Tensor> {
    return new Map([...paths].map((path) => [path, this.sumOf(path).clone()]));
  }

  /** Zeroes the sums of some parameters. */
  clear(paths: Iterable<string>): void {
    for (const path of paths) tidy(() => this.sumOf(path).assign(zerosLike(this.sumOf(path))));
  }

  private sumOf(path: string): Variable {
    const sum = this.sums.get(path);
    if (!sum) throw new Error(`GradientSums: nothing was prepared for ${path}.`);
    return sum;
  }

  /** Frees the sums. Safe to call twice. */
  dispose(): void {
    for (const sum of this.sums.values()) sum.dispose();
    this.sums.clear();
    this.pending.clear();
  }
}
