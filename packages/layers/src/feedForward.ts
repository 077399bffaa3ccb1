// The position-wise network of a transformer layer. Shapes: D hiddenSize, F intermediateSize.
import { tidy, type Tensor } from '@tensorflow/tfjs-core';
import type { ParameterScope } from '@tessera/core';
import { Linear } from './linear.js';
import { gelu } from './ops/index.js';

/** Linear D → F, erf GELU, Linear F → D. Parameters below `intermediate` and `output`. */
export class FeedForward {
  private readonly intermediate: Linear;
  private readonly output: Linear;

  constructor(parameters: ParameterScope, hiddenSize: number, intermediateSize: number) {
    this.intermediate = new Linear(parameters.scope('intermediate'), hiddenSize, intermediateSize);
    this.output = new Linear(parameters.scope('output'), intermediateSize, hiddenSize);
  }

  /** [..., D] → [..., D]. */
  apply<TTensor extends Tensor>(x: TTensor): TTensor {
    return tidy(() => this.output.apply(gelu(this.intermediate.apply(x)))) as TTensor;
  }
}
