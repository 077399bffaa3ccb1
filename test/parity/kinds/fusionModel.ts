// A bitransformer over blocks that a fixture gives, and the linear classifier after it.
import type { Tensor2D } from '@tensorflow/tfjs-core';
import {
  inferenceContext,
  ParameterStore,
  type ForwardContext,
  type FusedState,
  type ModalityShape,
  type ParameterSource,
  type TokenBlock,
  type Vocabulary,
} from '@tessera/core';
import { Bitransformer, bitransformerConfig, WordTable, type JoinedSequence } from '@tessera/fusion';
import { Linear } from '@tessera/layers';
import type { z } from 'zod';

/** What a {@link FusionModel} is made of. */
export interface FusionModelOptions {
  readonly source: ParameterSource;
  readonly config: z.input<typeof bitransformerConfig>;
  readonly modalities: readonly ModalityShape[];
  readonly vocabulary: Vocabulary;
  readonly numClasses: number;
}

/** The part of a model that both MMBT layouts pin: fusion and classifier. */
export class FusionModel {
  readonly parameters: ParameterStore;
  readonly words: WordTable;
  readonly fusion: Bitransformer;
  private readonly classifier: Linear;

  constructor(options: FusionModelOptions) {
    this.parameters = new ParameterStore(0, options.source);
    const parameters = this.parameters.scope('fusion');
    const config = bitransformerConfig.parse(options.config);
    this.words = new WordTable({ parameters, hiddenSize: config.hiddenSize, path: 'fusion' });
    this.words.useVocabulary(options.vocabulary);
    this.fusion = new Bitransformer(config, this.words, { path: 'fusion', parameters, modalities: options.modalities });
    this.classifier = new Linear(this.parameters.scope('classifier'), this.fusion.pooledWidth, options.numClasses);
  }

  /** Blocks → joint state, without dropout. */
  fuse(blocks: readonly TokenBlock[], context: ForwardContext = inferenceContext()): FusedState {
    return this.fusion.fuse(blocks, context);
  }

  /** The joined sequence before the first layer. */
  embed(blocks: readonly TokenBlock[]): JoinedSequence {
    return this.fusion.embed(blocks, inferenceContext());
  }

  /** [B, C]. */
  logits(state: FusedState): Tensor2D {
    return this.classifier.apply(state.pooled);
  }

  /** Frees the parameters. */
  dispose(): void {
    this.parameters.dispose();
  }
}
