// Raw texts and their ids. Shapes: B batch, N tokens.
import { tensor2d, type Tensor2D } from '@tensorflow/tfjs-core';
import { DataError, type BatchTensors } from '@tessera/core';

/** A text, or a pair of sentences. */
export type RawText =
  string | readonly [first: string, second: string] | { readonly first: string; readonly second: string };

/** A tokenised text: ids, and which sentence each belongs to. */
export interface PreparedText {
  readonly ids: Int32Array;
  readonly parts: Int32Array;
}

/** One or two sentences. Throws DataError for anything that is not text. */
export function sentencesOf(raw: unknown): readonly string[] {
  if (typeof raw === 'string') return [raw];
  const pair: unknown[] = Array.isArray(raw)
    ? raw
    : typeof raw === 'object' && raw !== null
      ? [(raw as { first?: unknown }).first, (raw as { second?: unknown }).second]
      : [];
  if (pair.length === 2 && pair.every((sentence) => typeof sentence === 'string')) return pair;
  throw new DataError(
    `text must be a string or a pair of strings, got ${(JSON.stringify(raw) as string | undefined)?.slice(0, 60) ?? typeof raw}. Give text.`,
  );
}

/** Shortens the longer of two rows until both together have at most `limit` entries, as BERT's data code does. */
export function truncatePair(first: number[], second: number[], limit: number): void {
  while (first.length + second.length > limit) (first.length > second.length ? first : second).pop();
}

/** Pads rows to the longest (at least 1): `ids`, `mask` and `parts`, each [B, N]; an absent text is all padding. */
export function collateTexts(items: readonly (PreparedText | undefined)[], padId: number): BatchTensors {
  const length = Math.max(1, ...items.map((item) => item?.ids.length ?? 0));
  const size = items.length * length;
  const ids = new Int32Array(size).fill(padId);
  const parts = new Int32Array(size);
  const mask = new Float32Array(size);
  items.forEach((item, row) => {
    if (!item) return;
    ids.set(item.ids, row * length);
    parts.set(item.parts, row * length);
    mask.fill(1, row * length, row * length + item.ids.length);
  });
  const shape: [number, number] = [items.length, length];
  return {
    ids: tensor2d(ids, shape, 'int32'),
    mask: tensor2d(mask, shape, 'float32'),
    parts: tensor2d(parts, shape, 'int32'),
  };
}

/** Named tensors of {@link collateTexts}. */
export interface TextBatch {
  readonly ids: Tensor2D;
  readonly mask: Tensor2D;
  readonly parts: Tensor2D;
}
