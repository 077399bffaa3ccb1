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
  /** Whether LayerNorm follows each sum, as in BERT, or precedes each function, as in ViT; `post` if left out. */
  readonly normalization?: 'post' | 'pre';
}

/**
 * One layer of a transformer. Post-norm: x ← norm(x + dropout(attention(x))), x ← norm(x + dropout(feedForward(x))).
 * Pre-norm: x ← x + dropout(attention(norm(x))), x ← x + dropout(feedForward(norm(x))).
 * Source: Vaswani et al. 2017, section 3.1; Devlin et al. 2019 for GELU; Dosovitskiy et al. 2021, equations 2 and 3, for
 * pre-norm. Parameters below `attention` and `feedForward`, each with its own `norm`.
 */
export class TransformerLayer {
  private readonly attention: SelfAttention;
  private readonly attentionNorm: LayerNorm;
  private readonly feedForward: FeedForward;
  private readonly feedForwardNorm: LayerNorm;
  private readonly dropout: Dropout;
  private readonly isPreNorm: boolean;

  constructor(parameters: ParameterScope, options: TransformerLayerOptions) {
    const { hiddenSize, intermediateSize, layerNormEpsilon } = options;
    const [attention, feedForward] = [parameters.scope('attention'), parameters.scope('feedForward')];
    this.attention = new SelfAttention(attention, options);
    this.attentionNorm = new LayerNorm(attention.scope('norm'), hiddenSize, layerNormEpsilon);
    this.feedForward = new FeedForward(feedForward, hiddenSize, intermediateSize);
    this.feedForwardNorm = new LayerNorm(feedForward.scope('norm'), hiddenSize, layerNormEpsilon);
    this.dropout = new Dropout(options.dropoutRate);
    this.isPreNorm = options.normalization === 'pre';
  }

  /** x [B, S, D] with padMask [B, S] → the same shape, and probabilities when the context asks for them. */
  apply(x: Tensor3D, padMask: Tensor2D, context: ForwardContext): SelfAttentionResult {
    return tidyRecord(() => {
      const attended = this.attention.apply(this.before(this.attentionNorm, x), padMask, context);
      const attendedSum: Tensor3D = add(x, this.dropout.apply(attended.states, context));
      const middle = this.after(this.attentionNorm, attendedSum);
      const transformed = this.feedForward.apply(this.before(this.feedForwardNorm, middle));
      const states = this.after(this.feedForwardNorm, add(middle, this.dropout.apply(transformed, context)));
      return { ...attended, states };
    });
  }

  private before(norm: LayerNorm, x: Tensor3D): Tensor3D {
    return this.isPreNorm ? norm.apply(x) : x;
  }

  private after(norm: LayerNorm, x: Tensor3D): Tensor3D {
    return this.isPreNorm ? x : norm.apply(x);
  }
}
