// Shapes: B batch, D hiddenSize.
import type { ForwardContext } from './context.js';
import type { FusedState, TokenBlock } from './tokens.js';
import type { Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import { token } from '../token.js';

/** What a fusion knows of each modality when it is built. */
export interface ModalityShape {
  readonly modality: string;
  readonly tokenWidth: number;
  readonly maxTokens: number;
  readonly fixedLength: boolean;
  readonly tokenSpace: 'encoder' | 'fusion';
  readonly numParts: number;
}

/** A modality's features that heads may read. */
export interface ViewShape {
  readonly modality: string;
  readonly width: number;
}

/** Joins the modalities' blocks into one state. */
export interface Fusion {
  /** Width of `pooled`. */
  readonly pooledWidth: number;
  /**
   * Given by a fusion that keeps modalities apart: the widths of FusedState.views, in declared order. A head that reads
   * the joint state then stands once for each view, and their logits are averaged.
   */
  readonly views?: readonly ViewShape[];
  /** Blocks in declared order → joint state. Borrows its arguments, owns what it returns. */
  fuse(blocks: readonly TokenBlock[], context: ForwardContext): FusedState;
}

/** The words a table of embeddings has rows for. */
export interface Vocabulary {
  readonly size: number;
  readonly padId: number;
  readonly clsId: number;
  readonly sepId: number;
  /** Identifies the word list: two encoders share a table only when this is equal. */
  readonly fingerprint: string;
}

/** The word table of a joint transformer, which a fusion may provide to encoders. */
export interface TokenEmbeddings {
  /** D, the width of a row. */
  readonly width: number;
  /** Path prefix of the transformer's layers: what a text modality freezes. */
  readonly layersPath: string;
  /** Says which vocabulary the table has rows for. Throws SpecError when another encoder said differently. */
  useVocabulary(vocabulary: Vocabulary): void;
  /** ids [B, N] int32 → rows [B, N, D]. */
  lookup(ids: Tensor2D): Tensor3D;
}

/** Token of the service {@link TokenEmbeddings}. */
export const tokenEmbeddings = token<TokenEmbeddings>(
  'tessera.TokenEmbeddings',
  'the word table of a joint transformer',
);
