// Residual blocks with torchvision's arithmetic and names (torchvision/models/resnet.py).
// Shapes: B batch, H rows, W columns, C channels.
import type { ForwardContext, ParameterScope } from '@tessera/core';
import { BatchNorm, Conv2d } from '@tessera/layers';
import { tidy, type Tensor4D } from '@tensorflow/tfjs-core';
import type { ResnetPreset } from './resnetPresets.js';

/** A convolution followed by its normalisation. */
interface ConvNorm {
  readonly conv: Conv2d;
  readonly norm: BatchNorm;
}

/** Sizes of a block. */
export interface ResidualBlockOptions {
  readonly kind: ResnetPreset['block'];
  /** Channels that come in. */
  readonly inputChannels: number;
  /** Channels of the 3×3 convolutions. */
  readonly width: number;
  readonly stride: number;
}

/** How many times its width a block's output has. */
export const expansionOf = (kind: ResnetPreset['block']): number => (kind === 'bottleneck' ? 4 : 1);

/**
 * Convolutions around which the input is carried: relu(path(x) + shortcut(x)). The stride of a bottleneck is that of its
 * 3×3 convolution, as in torchvision ("ResNet v1.5"); the paper has it in the first 1×1.
 */
export class ResidualBlock {
  private readonly path: readonly ConvNorm[];
  private readonly shortcut?: ConvNorm;

  constructor(parameters: ParameterScope, { kind, inputChannels, width, stride }: ResidualBlockOptions) {
    const outputChannels = width * expansionOf(kind);
    const pair = (index: number, from: number, to: number, kernelSize: 1 | 3, step = 1): ConvNorm => ({
      conv: new Conv2d(parameters.scope(`conv${index}`), from, to, {
        kernelSize,
        stride: step,
        padding: kernelSize === 3 ? 1 : 0,
      }),
      norm: new BatchNorm(parameters.scope(`bn${index}`), to),
    });
    this.path =
      kind === 'bottleneck'
        ? [pair(1, inputChannels, width, 1), pair(2, width, width, 3, stride), pair(3, width, outputChannels, 1)]
        : [pair(1, inputChannels, width, 3, stride), pair(2, width, outputChannels, 3)];
    if (stride !== 1 || inputChannels !== outputChannels) {
      const scope = parameters.scope('downsample');
      this.shortcut = {
        conv: new Conv2d(scope.scope('0'), inputChannels, outputChannels, { kernelSize: 1, stride }),
        norm: new BatchNorm(scope.scope('1'), outputChannels),
      };
    }
  }

  /** [B, H, W, C] → [B, ceil(H / stride), ceil(W / stride), width · expansion]. */
  apply(x: Tensor4D, context: ForwardContext): Tensor4D {
    return tidy(() => {
      const residual = this.shortcut ? this.shortcut.norm.apply(this.shortcut.conv.apply(x), context) : x;
      const last = this.path.length - 1;
      return this.path.reduce(
        (state, { conv, norm }, i) =>
          norm.apply(conv.apply(state), context, { activation: 'relu', ...(i === last && { residual }) }),
        x,
      );
    });
  }
}
