// Shapes: B batch, T frames, M mel bins, C channels.
import { expandDims, tidy, type Tensor3D, type Tensor4D } from '@tensorflow/tfjs-core';
import type { ForwardContext, ParameterScope } from '@tessera/core';
import { BatchNorm, Conv2d } from '@tessera/layers';
import type { SoundNetwork } from '../soundEncoder.js';

/** Sizes of an {@link AudioCnn}. */
export interface AudioCnnOptions {
  readonly width: number;
  readonly numBlocks: number;
}

/** A 3×3 convolution, normalised, through a ReLU. */
interface ConvUnit {
  readonly conv: Conv2d;
  readonly norm: BatchNorm;
}

/**
 * A convolutional network on spectrograms in the manner of PANNs' CNN10 (Kong et al., arXiv 1912.10211): blocks of two 3×3
 * convolutions with batch normalisation. Each block begins with a stride of two where PANNs ends with pooling.
 */
export class AudioCnn implements SoundNetwork {
  /** Channels of the feature map. */
  readonly featureWidth: number;
  private readonly units: readonly ConvUnit[];

  constructor(parameters: ParameterScope, { width, numBlocks }: AudioCnnOptions) {
    const unit = (name: string, from: number, to: number, stride: number): ConvUnit => ({
      conv: new Conv2d(parameters.scope(`${name}.conv`), from, to, { kernelSize: 3, stride, padding: 1 }),
      norm: new BatchNorm(parameters.scope(`${name}.norm`), to),
    });
    this.units = [
      unit('stem', 1, width, 2),
      ...Array.from({ length: numBlocks }, (_, i) => {
        const [from, to] = [width * 2 ** i, width * 2 ** (i + 1)];
        return [unit(`blocks.${i}.0`, from, to, 2), unit(`blocks.${i}.1`, to, to, 1)];
      }).flat(),
    ];
    this.featureWidth = width * 2 ** numBlocks;
  }

  /** Spectrograms [B, T, M] → [B, ⌈T / s⌉, ⌈M / s⌉, featureWidth], s = 2^(numBlocks + 1). */
  apply(features: Tensor3D, context: ForwardContext): Tensor4D {
    return tidy(() =>
      this.units.reduce(
        (map, { conv, norm }) => norm.apply(conv.apply(map), context, { activation: 'relu' }),
        expandDims<Tensor4D>(features, 3), // [B, T, M, 1]
      ),
    );
  }
}
