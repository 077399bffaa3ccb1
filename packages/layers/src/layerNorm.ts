// Shapes: D width.
import type { Tensor } from '@tensorflow/tfjs-core';
import { ones, zeros, type Parameter, type ParameterScope } from '@tessera/core';
import { layerNorm } from './ops/index.js';

/** Layer normalisation over the last axis. Parameters `weight` and `bias` [D], neither decayed. */
export class LayerNorm {
  private readonly weight: Parameter;
  private readonly bias: Parameter;

  constructor(
    parameters: ParameterScope,
    width: number,
    private readonly epsilon: number,
  ) {
    this.weight = parameters.weight('weight', [width], ones);
    this.bias = parameters.weight('bias', [width], zeros);
  }

  /** [..., D] → [..., D]. Throws ShapeError when the last axis is not D. */
  apply<TTensor extends Tensor>(x: TTensor): TTensor {
    return layerNorm(x, this.weight.value, this.bias.value, this.epsilon) as TTensor;
  }
}
