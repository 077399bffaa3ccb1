// Shapes: B batch, S tokens, D hiddenSize.
import { add, tidy, type Tensor2D, type Tensor3D } from '@tensorflow/tfjs-core';
import type { ForwardContext, ParameterScope } from '@tessera/core';
import { Dropout } from './dropout.js';
import { Embedding } from './embedding.js';
import { growSegments } from './growSegments.js';
import { LayerNorm } from './layerNorm.js';

/** Options of {@link SequenceEmbeddings}. */
export interface SequenceEmbeddingsOptions {
  readonly hiddenSize: number;
  /** Rows of the position table. */
  readonly maxPositions: number;
  /** Rows of the segment table. */
  readonly numSegments: number;
  readonly dropoutRate: number;
  readonly layerNormEpsilon: number;
}

/**
 * What a token's vector goes through before the first transformer layer: dropout(norm(token + position + segment)), as
 * in BERT. Parameters below `position`, `segment` and `norm`.
 */
export class SequenceEmbeddings {
  private readonly position: Embedding;
  private readonly segment: Embedding;
  private readonly norm: LayerNorm;
  private readonly dropout: Dropout;

  constructor(parameters: ParameterScope, options: SequenceEmbeddingsOptions) {
    const { hiddenSize, maxPositions, numSegments } = options;
    this.position = new Embedding(parameters.scope('position'), maxPositions, hiddenSize);
    this.segment = new Embedding(parameters.scope('segment'), numSegments, hiddenSize, { adapt: growSegments });
    this.norm = new LayerNorm(parameters.scope('norm'), hiddenSize, options.layerNormEpsilon);
    this.dropout = new Dropout(options.dropoutRate);
  }

  /** tokens [B, S, D]; positions and segments int32 [B, S], or [1, S] where all samples have the same. */
  apply(tokens: Tensor3D, positions: Tensor2D, segments: Tensor2D, context: ForwardContext): Tensor3D {
    return tidy(() => {
      const place = add(this.position.apply(positions), this.segment.apply(segments)); // [B or 1, S, D]
      return this.dropout.apply<Tensor3D>(this.norm.apply(add(tokens, place)), context);
    });
  }
}
