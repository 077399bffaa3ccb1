// A whole BERT, from ids to states (Devlin et al. 2019). Shapes: B batch, S tokens, D hiddenSize.
import { range, reshape, zerosLike, type Rank, type Tensor2D, type Tensor3D } from '@tensorflow/tfjs-core';
import type { ForwardContext, ParameterScope } from '@tessera/core';
import { Embedding } from './embedding.js';
import { Pooler } from './pooler.js';
import { SequenceEmbeddings, type SequenceEmbeddingsOptions } from './sequenceEmbeddings.js';
import { tidyRecord } from './tidyRecord.js';
import {
  TransformerEncoder,
  type TransformerEncoderOptions,
  type TransformerEncoderResult,
} from './transformerEncoder.js';

/** Sizes and rates of a {@link Bert}. */
export interface BertOptions extends SequenceEmbeddingsOptions, TransformerEncoderOptions {
  readonly vocabSize: number;
  /** Row of the word table that stands for padding. */
  readonly padId: number;
}

/** What BERT reads; each [B, S] int32 but for the mask, float32. */
export interface BertInput {
  readonly ids: Tensor2D;
  /** 1 = real token, 0 = padding. */
  readonly padMask: Tensor2D;
  /** Segment of each token; 0 if left out. */
  readonly segments?: Tensor2D;
}

/** What BERT gives. */
export interface BertResult extends TransformerEncoderResult {
  /** dense + tanh of the first token, [B, D]. */
  readonly pooled: Tensor2D;
}

/**
 * BERT without its pooler. Parameters below `embeddings` (`word`, `position`, `segment`, `norm`) and `layers.<i>`: the
 * names that the layout `huggingFaceBert` of `@tessera/weights` maps to.
 */
export class BertBackbone {
  private readonly words: Embedding;
  private readonly embeddings: SequenceEmbeddings;
  private readonly layers: TransformerEncoder;

  /** @throws SpecError when numHeads does not divide hiddenSize */
  constructor(parameters: ParameterScope, options: BertOptions) {
    const { vocabSize, hiddenSize, padId } = options;
    const embeddings = parameters.scope('embeddings');
    this.words = new Embedding(embeddings.scope('word'), vocabSize, hiddenSize, { padId });
    this.embeddings = new SequenceEmbeddings(embeddings, options);
    this.layers = new TransformerEncoder(parameters.scope('layers'), options);
  }

  /** Ids → states. With `hiddenStates`, the states between layers are returned too. */
  apply(
    { ids, padMask, segments }: BertInput,
    context: ForwardContext,
    options: { readonly hiddenStates?: boolean } = {},
  ): TransformerEncoderResult {
    return tidyRecord(() => {
      const positions = reshape<Rank.R2>(range(0, ids.shape[1], 1, 'int32'), [1, ids.shape[1]]);
      const tokens = this.words.apply(ids) as Tensor3D; // [B, S, D]
      const embedded = this.embeddings.apply(tokens, positions, segments ?? zerosLike(ids), context);
      return this.layers.apply(embedded, padMask, context, options);
    });
  }
}

/** {@link BertBackbone} with the pooler, whose parameters are below `pooler`. */
export class Bert {
  private readonly backbone: BertBackbone;
  private readonly pooler: Pooler;

  /** @throws SpecError when numHeads does not divide hiddenSize */
  constructor(parameters: ParameterScope, options: BertOptions) {
    this.backbone = new BertBackbone(parameters, options);
    this.pooler = new Pooler(parameters.scope('pooler'), options.hiddenSize);
  }

  /** Ids → states and their pooled form. With `hiddenStates`, the states between layers are returned too. */
  apply(input: BertInput, context: ForwardContext, options: { readonly hiddenStates?: boolean } = {}): BertResult {
    return tidyRecord(() => {
      const result = this.backbone.apply(input, context, options);
      return { ...result, pooled: this.pooler.apply(result.states) };
    });
  }
}
