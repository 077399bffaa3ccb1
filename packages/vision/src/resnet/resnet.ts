// Shapes: B batch, H rows, W columns, C channels.
import type { ForwardContext, ParameterScope } from '@tessera/core';
import { BatchNorm, Conv2d, maxPool2d, tidyRecord } from '@tessera/layers';
import { tidy, type Tensor4D } from '@tensorflow/tfjs-core';
import { expansionOf, ResidualBlock } from './residualBlock.js';
import type { ResnetPreset } from './resnetPresets.js';

/** Sizes of a {@link ResNet}. */
export interface ResnetOptions extends ResnetPreset {
  /** Channels of the stem and the first layer; each layer after doubles them. torchvision: 64. */
  readonly width: number;
  /** `imagenet`: 7×7 convolution of stride 2, then 3×3 max-pooling of stride 2. `small`: one 3×3 convolution. */
  readonly stem: 'imagenet' | 'small';
  /** Stride of the small stem. */
  readonly stemStride: number;
}

/** Names of the maps that {@link ResNet.stages} returns; `maxpool` only with the imagenet stem. */
export type ResnetStage = 'stem' | 'maxpool' | 'layer1' | 'layer2' | 'layer3' | 'layer4';

/**
 * A ResNet without its classifier: torchvision's arithmetic and parameter names (`conv1.weight`, `bn1.runningMean`,
 * `layer1.0.downsample.0.weight`).
 */
export class ResNet {
  /** Channels of the feature map. */
  readonly featureWidth: number;
  private readonly conv: Conv2d;
  private readonly norm: BatchNorm;
  private readonly layers: readonly (readonly ResidualBlock[])[];

  constructor(
    parameters: ParameterScope,
    private readonly options: ResnetOptions,
  ) {
    const { width, stem, stemStride, block, numBlocks } = options;
    const geometry =
      stem === 'imagenet'
        ? { kernelSize: 7, stride: 2, padding: 3 }
        : { kernelSize: 3, stride: stemStride, padding: 1 };
    this.conv = new Conv2d(parameters.scope('conv1'), 3, width, geometry);
    this.norm = new BatchNorm(parameters.scope('bn1'), width);
    this.featureWidth = 8 * width * expansionOf(block);
    let inputChannels = width;
    this.layers = numBlocks.map((count, layer) =>
      Array.from({ length: count }, (_, index) => {
        const size = {
          kind: block,
          inputChannels,
          width: width * 2 ** layer,
          stride: layer > 0 && index === 0 ? 2 : 1,
        };
        inputChannels = size.width * expansionOf(block);
        return new ResidualBlock(parameters.scope(`layer${layer + 1}.${index}`), size);
      }),
    );
  }

  /** The feature map: images [B, H, W, 3] → [B, ⌈H/s⌉, ⌈W/s⌉, featureWidth], s = 32, or 8 · stemStride for small stems. */
  apply(images: Tensor4D, context: ForwardContext): Tensor4D {
    return tidy(() =>
      this.layers.reduce((map, blocks) => applyAll(blocks, map, context), this.pool(this.stem(images, context))),
    );
  }

  /** Every stage's map, by name; the last, `layer4`, is what {@link apply} returns. The caller disposes them. */
  stages(images: Tensor4D, context: ForwardContext): Partial<Record<ResnetStage, Tensor4D>> {
    return tidyRecord(() => {
      const stem = this.stem(images, context);
      const maps: Partial<Record<ResnetStage, Tensor4D>> = { stem };
      let map = this.pool(stem);
      if (this.options.stem === 'imagenet') maps.maxpool = map;
      this.layers.forEach((blocks, layer) => {
        map = applyAll(blocks, map, context);
        maps[`layer${layer + 1}` as ResnetStage] = map;
      });
      return maps;
    });
  }

  /** [B, H, W, 3] → [B, H', W', width], through the ReLU. */
  private stem(images: Tensor4D, context: ForwardContext): Tensor4D {
    return this.norm.apply(this.conv.apply(images), context, { activation: 'relu' });
  }

  private pool(map: Tensor4D): Tensor4D {
    return this.options.stem === 'imagenet' ? maxPool2d(map, { size: 3, stride: 2, padding: 1 }) : map;
  }
}

const applyAll = (blocks: readonly ResidualBlock[], map: Tensor4D, context: ForwardContext): Tensor4D =>
  blocks.reduce((state, block) => block.apply(state, context), map);
