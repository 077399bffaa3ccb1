// Late fusion: modalities do not meet before their heads. Shapes: B batch, W width of a modality's features.
import { concat, mul, reshape, type Tensor1D, type Tensor2D } from '@tensorflow/tfjs-core';
import {
  defineFusion,
  type ForwardContext,
  type FusedState,
  type Fusion,
  type FusionContext,
  type ModalityShape,
  type TokenBlock,
  type View,
  type ViewShape,
} from '@tessera/core';
import { tidyRecord } from '@tessera/layers';
import { z } from 'zod';
import { blockFeatures, featureWidth, presenceOf } from '../blockFeatures.js';
import { concatConfig } from '../concat/concatConfig.js';
import { MultilayerPerceptron } from '../concat/multilayerPerceptron.js';

/** Options of the late fusion: those of the hidden layers that each modality has of its own. */
export const lateConfig = z.strictObject({
  hiddenSizes: concatConfig.shape.hiddenSizes.describe(
    'Widths of hidden layers of each modality; none: heads read its features themselves.',
  ),
  batchNorm: concatConfig.shape.batchNorm,
  dropoutRate: concatConfig.shape.dropoutRate,
});

/**
 * Each modality's features as views, through hidden layers of its own if asked for. Heads that read one state stand once
 * for each view, and their logits are averaged over the modalities that are present: late fusion with a classifier for
 * each modality (Snoek et al. 2005, "Early versus late fusion in semantic video analysis"; averaged before the softmax
 * as in Nagrani et al., arXiv 2107.00135). Heads that compare modalities read the views as they are.
 *
 * `pooled` is the views side by side. Parameters `layers.<modality>.…`.
 */
export class Late implements Fusion {
  readonly pooledWidth: number;
  readonly views: readonly ViewShape[];
  private readonly modalities: readonly ModalityShape[];
  private readonly layers: readonly MultilayerPerceptron[];

  constructor(config: z.output<typeof lateConfig>, { parameters, modalities }: FusionContext) {
    const scope = parameters.scope('layers');
    this.modalities = modalities;
    this.layers = modalities.map(
      (shape) => new MultilayerPerceptron(scope.scope(shape.modality), { inputWidth: featureWidth(shape), ...config }),
    );
    this.views = modalities.map(({ modality }, i) => ({ modality, width: this.layers[i]?.outputWidth ?? 0 }));
    this.pooledWidth = this.views.reduce((total, { width }) => total + width, 0);
  }

  /** @throws ShapeError when the blocks are not those of the declared modalities */
  fuse(blocks: readonly TokenBlock[], context: ForwardContext): FusedState {
    return tidyRecord(() => {
      const inputs = blockFeatures('Late', this.modalities, blocks); // [B, W] each
      const views = this.modalities.map(({ modality }, i): View => {
        const present = presenceOf(blocks[i] as TokenBlock); // [B, 1]
        const made = (this.layers[i] as MultilayerPerceptron).apply(inputs[i] as Tensor2D, context);
        return { modality, features: mul(made, present), present: reshape(present, [-1]) as Tensor1D };
      });
      return {
        pooled: concat(
          views.map(({ features }) => features),
          1,
        ),
        views,
      };
    });
  }
}

/** The fusion `late`: modalities apart until their heads. */
export const late = defineFusion({
  name: 'late',
  summary:
    'Late fusion: each modality has a head of its own, and logits are averaged; or heads compare the modalities.',
  config: lateConfig,
  create: (config, _services, context) => new Late(config, context),
});
