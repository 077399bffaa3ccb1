// Shapes: I inputs, O outputs.
import type { Tensor } from '@tensorflow/tfjs-core';
import { normal, zeros, type Initializer, type Parameter, type ParameterScope } from '@tessera/core';
import { linear } from './ops/index.js';

/** Options of {@link Linear}. */
export interface LinearOptions {
  /** Whether a bias is added; true if left out. */
  readonly bias?: boolean;
  /** Initial weight; normal with standard deviation 0.02, as in BERT, if left out. */
  readonly initializer?: Initializer;
  /** Initial bias; zeros if left out. */
  readonly biasInitializer?: Initializer;
}

/** y = x·W + b over the last axis. Parameters `weight` [I, O] (the transpose of PyTorch's) and `bias` [O]. */
export class Linear {
  private readonly weight: Parameter;
  private readonly bias?: Parameter;

  constructor(parameters: ParameterScope, inputWidth: number, outputWidth: number, options: LinearOptions = {}) {
    const { bias = true, initializer = normal(0.02), biasInitializer = zeros } = options;
    this.weight = parameters.weight('weight', [inputWidth, outputWidth], initializer);
    if (bias) this.bias = parameters.weight('bias', [outputWidth], biasInitializer);
  }

  /** [..., I] → [..., O]. Throws ShapeError when the last axis is not I. */
  apply<TTensor extends Tensor>(x: TTensor): TTensor {
    return linear(x, this.weight.value, this.bias?.value) as TTensor;
  }
}
