// Shapes: N images, H rows, W columns, Ci and Co channels, kH and kW filter size, oH and oW output size.
import { add, tidy, type Tensor4D } from '@tensorflow/tfjs-core';
import { heFanOut, uniform, type Initializer, type Parameter, type ParameterScope } from '@tessera/core';
import { conv2d, type Padding } from './ops/index.js';

/** Geometry and initial values of a {@link Conv2d}. */
export interface Conv2dLayerOptions {
  /** kH = kW, or [kH, kW]. */
  readonly kernelSize: number | readonly [number, number];
  /** Step in both directions; 1 if left out. */
  readonly stride?: number;
  /** Zero padding as PyTorch's: on every side, or [[top, bottom], [left, right]]; 0 if left out. */
  readonly padding?: Padding;
  /** Whether a bias is added; false if left out, as before a BatchNorm. */
  readonly bias?: boolean;
  /** Initial filter; {@link heFanOut} if left out. */
  readonly initializer?: Initializer;
}

/** Two-dimensional convolution. Parameters `weight` [kH, kW, Ci, Co] and, if asked for, `bias` [Co]. */
export class Conv2d {
  private readonly weight: Parameter;
  private readonly bias?: Parameter;

  constructor(
    parameters: ParameterScope,
    inputChannels: number,
    outputChannels: number,
    private readonly options: Conv2dLayerOptions,
  ) {
    const { kernelSize, bias = false, initializer = heFanOut } = options;
    const [kH, kW] = typeof kernelSize === 'number' ? [kernelSize, kernelSize] : kernelSize;
    this.weight = parameters.weight('weight', [kH, kW, inputChannels, outputChannels], initializer);
    if (bias) {
      const bound = 1 / Math.sqrt(kH * kW * inputChannels); // PyTorch's default for the bias
      this.bias = parameters.weight('bias', [outputChannels], uniform(bound));
    }
  }

  /** [N, H, W, Ci] → [N, oH, oW, Co]. Throws ShapeError when channels or sizes do not fit. */
  apply(x: Tensor4D): Tensor4D {
    const { stride = 1, padding = 0 } = this.options;
    const { bias } = this;
    return tidy(() => {
      const y = conv2d(x, this.weight.value, { stride, padding });
      return bias ? add(y, bias.value) : y;
    });
  }
}
