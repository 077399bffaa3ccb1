// Shapes: B batch, N tokens of the longest text of the batch, padded as the batch's shape asks, but at least 1.
import { tensor2d, type Tensor2D } from '@tensorflow/tfjs-core';
import type { BatchShape } from '@tessera/core';

/** A tokenised text. */
export interface PreparedText {
  /** Ids of its tokens. */
  readonly ids: Int32Array;
  /** The sentence, 0 or 1, that each token belongs to; only for pairs. */
  readonly parts?: Int32Array;
}

/** The tensors of a batch of texts. An alias, since an interface does not pass for a record of tensors. */
export type TextBatch = {
  /** [B, N] int32. */
  readonly ids: Tensor2D;
  /** [B, N] float32: 1 for a real token. All 0 for a text that is empty or absent. */
  readonly mask: Tensor2D;
  /** [B, 1] float32: 1 where there is a text, if only an empty one. */
  readonly present: Tensor2D;
  /** [B, N] int32: the sentence, 0 or 1, that each token belongs to; only for pairs. */
  readonly parts?: Tensor2D;
};

/** How texts become a batch. */
export interface TextBatchOptions extends BatchShape {
  readonly padId: number;
  /** Most tokens of a text, beyond which nothing is padded; no limit if left out. */
  readonly maxTokens?: number;
  /** Whether the batch has `parts`. */
  readonly withParts?: boolean;
}

/** Pads texts to the longest, or to a multiple of `lengthMultiple`. The caller disposes the tensors. */
export function collateTexts(
  items: readonly (PreparedText | undefined)[],
  { padId, maxTokens = Infinity, withParts = false, lengthMultiple = 1 }: TextBatchOptions,
): TextBatch {
  const longest = items.reduce((most, item) => Math.max(most, item?.ids.length ?? 0), 1);
  const length = Math.max(longest, Math.min(maxTokens, Math.ceil(longest / lengthMultiple) * lengthMultiple));
  const shape: [number, number] = [items.length, length];
  const ids = new Int32Array(items.length * length).fill(padId);
  const parts = new Int32Array(ids.length);
  const mask = new Float32Array(ids.length);
  items.forEach((item, row) => {
    if (!item) return;
    ids.set(item.ids, row * length);
    if (item.parts) parts.set(item.parts, row * length);
    mask.fill(1, row * length, row * length + item.ids.length);
  });
  return {
    ids: tensor2d(ids, shape, 'int32'),
    mask: tensor2d(mask, shape, 'float32'),
    present: tensor2d(
      items.map((item) => [item ? 1 : 0]),
      [items.length, 1],
      'float32',
    ),
    ...(withParts && { parts: tensor2d(parts, shape, 'int32') }),
  };
}
