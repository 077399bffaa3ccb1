// Shapes: B batch, N tokens of one block, E encoder width.
import type { ForwardContext } from './context.js';
import type { BatchTensors, TokenBlock, TokenDescription } from './tokens.js';

/** How a raw input is prepared. */
export interface PrepareOptions {
  /** Seed of the augmentation, in training only; the same seed gives the same result. Undefined: no augmentation. */
  readonly augmentationSeed?: number;
}

/** What a batch should look like. */
export interface BatchShape {
  /**
   * Rows whose length varies are padded to the next multiple of this, but not beyond the most they may have, so that
   * batches come in few shapes; 1 if left out. Padding is masked, so that it changes no result.
   */
  readonly lengthMultiple?: number;
}

/**
 * Turns one kind of input into a row of tokens. TRaw is what a user gives, TPrepared what `prepare` makes of it: plain
 * typed arrays, never tensors, so that it may run ahead of training; TBatch names the tensors of a batch.
 */
export interface Encoder<TRaw = unknown, TPrepared = unknown, TBatch extends BatchTensors = BatchTensors> {
  /** E, the width of a token. */
  readonly tokenWidth: number;
  /** The most tokens one sample gives (N at most). */
  readonly maxTokens: number;
  /** Whether every sample gives exactly maxTokens tokens. */
  readonly fixedLength: boolean;
  /** `fusion`: tokens already live in the fusion's embedding space (taken from its word table) and are not projected. */
  readonly tokenSpace: 'encoder' | 'fusion';
  /** Number of parts a block may have (see TokenBlock.parts); each gets a segment embedding. */
  readonly numParts: number;
  /** Parameter path prefixes that `training.freeze` holds fixed for this modality. */
  readonly towerPaths: readonly string[];
  /** Checks a raw input cheaply before training starts (header of a file, type of a value). Throws DataError. */
  check?(raw: TRaw): Promise<void>;
  /** Decodes, tokenises, resizes, augments. Throws DataError that says what is wrong with this input. */
  prepare(raw: TRaw, options: PrepareOptions): Promise<TPrepared>;
  /** Joins a batch; `undefined` stands for an absent modality and gives zeros with an all-zero mask. */
  collate(items: readonly (TPrepared | undefined)[], shape?: BatchShape): TBatch;
  /** Batch tensors → tokens [B, N, E] and mask [B, N]. Borrows its arguments, owns what it returns. */
  encode(batch: TBatch, context: ForwardContext): TokenBlock;
  /** What each of the block's tokens stands for, in order; without padding. */
  describeTokens(prepared: TPrepared): readonly TokenDescription[];
  /** A raw input as people look at it, for reports; text shows as it is when this is left out. */
  preview?(raw: TRaw): Promise<Preview>;
}

/** A raw input as people look at it. */
export type Preview =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'image'; readonly mime: string; readonly bytes: Uint8Array };
