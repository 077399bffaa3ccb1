// Shapes: B batch, N tokens of one block, E encoder width, D hiddenSize, S joined sequence, H heads.
import type { Tensor, Tensor1D, Tensor2D, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core';

/** One modality's row of tokens. */
export interface TokenBlock {
  /** [B, N, E] float32. */
  readonly tokens: Tensor3D;
  /** [B, N] float32: 1 for a real token, 0 for padding or an absent modality. */
  readonly mask: Tensor2D;
  /**
   * [B, 1] float32: 1 where the modality takes part, if only with an input that has no token (an empty text). Left out:
   * where the mask has a real token. Encoders leave it to the model.
   */
  readonly present?: Tensor2D;
  /** [B, N] int32: the part of the block a token belongs to, from 0 (sentence pairs have two). All 0 when left out. */
  readonly parts?: Tensor2D;
}

/** The named tensors of one modality's batch; the first axis of each is B. */
export type BatchTensors = Readonly<Record<string, Tensor>>;

/** What a fusion made of all blocks. */
export interface FusedState {
  /** [B, pooledWidth] the joint state that heads read. */
  readonly pooled: Tensor2D;
  /** [B, S, D] the state of every token; absent for fusions without a joint sequence. */
  readonly tokens?: Tensor3D;
  /** [B, S] mask of the joint sequence. */
  readonly mask?: Tensor2D;
  /** Attention probabilities of each layer, [B, H, S, S]; only when the context asked for them. */
  readonly attentions?: readonly Tensor4D[];
  /** Where each modality's tokens stand in the joint sequence, in declared order. */
  readonly spans?: readonly TokenSpan[];
  /** Each modality's own features, in declared order, of a fusion that says so (see Fusion.views). */
  readonly views?: readonly View[];
}

/** One modality's features, kept apart from the others'. */
export interface View {
  readonly modality: string;
  /** [B, width of the view]; zeros where the modality is absent. */
  readonly features: Tensor2D;
  /** [B], 1 where the modality takes part, 0 where it is absent. */
  readonly present: Tensor1D;
}

/** Where one modality's tokens stand in the joint sequence. */
export interface TokenSpan {
  readonly modality: string;
  /** Index of the first token in the joint sequence. */
  readonly start: number;
  /** Number of tokens, padding included. */
  readonly length: number;
}

/** A rectangle of the picture that an encoder's `preview` shows, in shares of its width and height, from its top left. */
export interface PictureArea {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/**
 * What a token stands for, to draw explanations. A token with a place in the preview's picture is drawn there: `area`
 * says where; a region's follows from its grid if left out. All others are drawn as words.
 */
export type TokenDescription = { readonly area?: PictureArea } & (
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'region';
      readonly row: number;
      readonly column: number;
      readonly rows: number;
      readonly columns: number;
      /** When it is seen, where pictures of several times stand side by side. */
      readonly time?: { readonly from: number; readonly to: number; readonly unit: string };
    }
  | { readonly kind: 'interval'; readonly from: number; readonly to: number; readonly unit: string }
  | { readonly kind: 'other'; readonly label: string }
);

/** Seed of one random draw inside a step: int32 [2], the fed step seed and the number of the draw within the step. */
export type DrawSeed = Tensor1D;
