// Shapes: B batch, S tokens, D hiddenSize.
import { reshape, slice, tanh, tidy, type Tensor2D, type Tensor3D } from '@tensorflow/tfjs-core';
import type { ParameterScope } from '@tessera/core';
import { Linear } from './linear.js';

/** BERT's pooler: tanh of a linear map of the first token's state. Parameters `weight` and `bias`. */
export class Pooler {
  private readonly dense: Linear;

  constructor(
    parameters: ParameterScope,
    private readonly hiddenSize: number,
  ) {
    this.dense = new Linear(parameters, hiddenSize, hiddenSize);
  }

  /** States [B, S, D] → [B, D]. */
  apply(states: Tensor3D): Tensor2D {
    return tidy(() => {
      const [batch] = states.shape;
      const first = reshape(slice(states, [0, 0, 0], [batch, 1, this.hiddenSize]), [batch, this.hiddenSize]);
      return tanh(this.dense.apply(first)) as Tensor2D;
    });
  }
}
