// Shapes: B batch, W pooled width, C outputs.
import { relu, tidy, type Tensor2D } from '@tensorflow/tfjs-core';
import {
  torchLinear,
  type ForwardContext,
  type FusedState,
  type HeadContext,
  type ParameterScope,
} from '@tessera/core';
import { Dropout, Linear } from '@tessera/layers';

/** Sizes of {@link OutputLayers}. */
export interface OutputLayersOptions {
  readonly numOutputs: number;
  readonly hiddenSizes: readonly number[];
  readonly dropoutRate: number;
}

/**
 * Joint state → logits: Dropout, [Linear, ReLU, Dropout]* and a Linear, all initialised as PyTorch's nn.Linear.
 * Parameters `hidden.<i>.weight`, `hidden.<i>.bias`, `output.weight` [W, C] and `output.bias` [C]. Without hidden layers
 * and dropout it is the classifier of facebookresearch/mmbt, mmbt.py; with dropout that of Hugging Face's port.
 */
export class OutputLayers {
  private readonly hidden: readonly Linear[];
  private readonly output: Linear;
  private readonly dropout: Dropout;

  constructor(
    { parameters, inputWidth }: Pick<HeadContext, 'parameters' | 'inputWidth'>,
    options: OutputLayersOptions,
  ) {
    const widths = [inputWidth, ...options.hiddenSizes];
    this.dropout = new Dropout(options.dropoutRate);
    this.hidden = options.hiddenSizes.map((size, i) =>
      torchLike(parameters.scope(`hidden.${i}`), widths[i] ?? inputWidth, size),
    );
    this.output = torchLike(parameters.scope('output'), widths.at(-1) ?? inputWidth, options.numOutputs);
  }

  /** → logits [B, C]. */
  apply({ pooled }: FusedState, context: ForwardContext): Tensor2D {
    return tidy(() => {
      const features = this.hidden.reduce(
        (states, layer) => this.dropout.apply(relu(layer.apply(states)), context),
        this.dropout.apply(pooled, context),
      );
      return this.output.apply(features);
    });
  }
}

function torchLike(parameters: ParameterScope, inputWidth: number, outputWidth: number): Linear {
  const initializer = torchLinear(inputWidth);
  return new Linear(parameters, inputWidth, outputWidth, { initializer, biasInitializer: initializer });
}
