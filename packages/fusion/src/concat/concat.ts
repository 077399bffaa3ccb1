// Joins modalities by their pooled features, without attention between them: the paper's ConcatBow, ConcatBert and
// unimodal baselines. Shapes: B batch, N tokens of one block, E encoder width.
import { concat as concatTensors } from '@tensorflow/tfjs-core';
import {
  defineFusion,
  type ForwardContext,
  type FusedState,
  type Fusion,
  type FusionContext,
  type ModalityShape,
  type TokenBlock,
} from '@tessera/core';
import { tidyRecord } from '@tessera/layers';
import type { z } from 'zod';
import { blockFeatures, featureWidth } from '../blockFeatures.js';
import { concatConfig } from './concatConfig.js';
import { MultilayerPerceptron } from './multilayerPerceptron.js';

/**
 * One vector for each modality, side by side in declared order, then hidden layers if asked for. A block of fixed length
 * is flattened to [B, N·E], one of varying length is averaged over its real tokens to [B, E]; an absent modality gives
 * zeros.
 */
export class Concat implements Fusion {
  readonly pooledWidth: number;
  private readonly modalities: readonly ModalityShape[];
  private readonly layers: MultilayerPerceptron;

  constructor(config: z.output<typeof concatConfig>, { parameters, modalities }: FusionContext) {
    const inputWidth = modalities.reduce((width, modality) => width + featureWidth(modality), 0);
    this.modalities = modalities;
    this.layers = new MultilayerPerceptron(parameters.scope('layers'), { inputWidth, ...config });
    this.pooledWidth = this.layers.outputWidth;
  }

  /** @throws ShapeError when the blocks are not those of the declared modalities */
  fuse(blocks: readonly TokenBlock[], context: ForwardContext): FusedState {
    return tidyRecord(() => {
      const features = blockFeatures('Concat', this.modalities, blocks);
      return { pooled: this.layers.apply(concatTensors(features, 1), context) };
    });
  }
}

/** The fusion `concat`: pooled features side by side, then an MLP. */
export const concat = defineFusion({
  name: 'concat',
  summary:
    "Modalities' pooled features side by side, then hidden layers if asked for (ConcatBow, ConcatBert, one modality).",
  config: concatConfig,
  create: (config, _services, context) => new Concat(config, context),
});
