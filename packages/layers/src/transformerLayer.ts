// Shapes: B batch, S tokens, D hiddenSize, H heads.
import { add, type Tensor2D, type Tensor3D } from '@tensorflow/tfjs-core';
import type { ForwardContext, ParameterScope } from '@tessera/core';
import { Dropout } from './dropout.js';
import { FeedForward } from './feedForward.js';
import { LayerNorm } from './layerNorm.js';
import { SelfAttention, type SelfAttentionOptions, type SelfAttentionResult } from './selfAttention.js';
import { tidyRecord } from './tidyRecord.js';

/** Options of {@link TransformerLayer}. */
export interface TransformerLayerOptions extends SelfAttentionOptions {
  readonly intermediateSize: number;
  /** Share dropped after attention and after the feed-forward network, in training. */
  readonly dropoutRate: number;
  readonly layerNormEpsilon: number;
}

/**
 * One layer of a post-norm transformer: x ← norm(x + dropout(attention(x))), x ← norm(x + dropout(feedForward(x))).
 * Source: Vaswani et al. 2017, section 3.1; Devlin et al. 2019 for GELU. Parameters below `attention` and
 * `feedForward`, each with its own `norm`.
 */
export class TransformerLayer {
  private readonly attention: SelfAttention;
  private readonly attentionNorm: LayerNorm;
  private readonly feedForward: FeedForward;
  private readonly feedForwardNorm: LayerNorm;
  private readonly dropout: Dropout;

  constructor(parameters: ParameterScope, options: TransformerLayerOptions) {
    const { hiddenSize, intermediateSize, layerNormEpsilon } = options;
    const [attention, feedForward] = [parameters.scope('attention'), parameters.scope('feedForward')];
    this.attention = new SelfAttention(attention, options);
    this.attentionNorm = new LayerNorm(attention.scope('norm'), hiddenSize, layerNormEpsilon);
    this.feedForward = new FeedForward(feedForward, hiddenSize, intermediateSize);
    this.feedForwardNorm = new LayerNorm(feedForward.scope('norm'), hiddenSize, layerNormEpsilon);
    this.dropout = new Dropout(options.dropoutRate);
  }

  /** x [B, S, D] with padMask [B, S] → the same shape, and probabilities when the context asks for them. */
  apply(x: Tensor3D, padMask: Tensor2D, context: ForwardContext): SelfAttentionResult {
    return tidyRecord(() => {
      const attended = this.attention.apply(x, padMask, context);
      const middle: Tensor3D = this.attentionNorm.apply(add(x, this.dropout.apply(attended.states, context)));
      const transformed = this.dropout.apply(this.feedForward.apply(middle), context);
      const states: Tensor3D = this.feedForwardNorm.apply(add(middle, transformed));
      return { ...attended, states };
    });
  }
}
