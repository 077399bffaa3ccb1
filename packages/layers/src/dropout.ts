import { tidy, type Tensor } from '@tensorflow/tfjs-core';
import type { ForwardContext } from '@tessera/core';
import { dropout } from './ops/index.js';

/** Sets a share `rate` of the elements to zero in training and scales the others by 1 / (1 - rate). */
export class Dropout {
  constructor(private readonly rate: number) {}

  /** Any shape → the same shape; a copy without cost outside training. */
  apply<TTensor extends Tensor>(x: TTensor, context: ForwardContext): TTensor {
    if (!context.training || this.rate === 0) return x.clone();
    return tidy(() => dropout(x, this.rate, context.nextSeed())) as TTensor;
  }
}
