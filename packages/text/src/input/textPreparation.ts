// Texts → ids between special tokens → batches. Shapes: B batch, N tokens.
import { SpecError, type BatchShape, type TokenDescription } from '@tessera/core';
import type { WordPieceTokenizer } from '../tokenizer/wordPieceTokenizer.js';
import { requirePair, requireText } from './rawText.js';
import { collateTexts, type PreparedText, type TextBatch } from './textBatch.js';
import { truncatePair } from './truncatePair.js';

/** Which tokens stand around a text. */
export interface TextLayout {
  /** Most tokens, special ones included. */
  readonly maxTokens: number;
  /** Whether inputs are sentence pairs: `first [SEP] second [SEP]`, each sentence with its [SEP] a part of its own. */
  readonly pairs: boolean;
  /** What stands first. */
  readonly startsWith: 'cls' | 'sep' | 'words';
  /** Whether a single text ends with [SEP]; a pair always does. */
  readonly endsWithSep: boolean;
}

/** What word-piece encoders do to a text before there are tensors. */
export class TextPreparation {
  private readonly opening: readonly number[];
  private readonly closing: readonly number[];

  /**
   * @param path - where the encoder stands in the spec, for messages
   * @throws SpecError when maxTokens leaves no room beside the special tokens
   */
  constructor(
    private readonly tokenizer: WordPieceTokenizer,
    private readonly layout: TextLayout,
    path: string,
  ) {
    const { maxTokens, pairs, startsWith, endsWithSep } = layout;
    const { clsId, sepId } = tokenizer.vocabulary;
    this.opening = { cls: [clsId], sep: [sepId], words: [] }[startsWith];
    this.closing = endsWithSep ? [sepId] : [];
    const needed = this.opening.length + (pairs ? 4 : this.closing.length + 1);
    if (maxTokens >= needed) return;
    throw new SpecError([
      {
        path: `${path}.maxTokens`,
        message: `must leave room for words beside the special tokens, got maxTokens=${maxTokens}. Use ${needed} or more.`,
      },
    ]);
  }

  /** Throws DataError when a raw input is no text, or no pair where pairs are read. */
  check(raw: unknown): void {
    if (this.layout.pairs) requirePair(raw);
    else requireText(raw);
  }

  /** Text → ids. Throws as {@link check}. */
  prepare(raw: unknown): PreparedText {
    return this.layout.pairs ? this.preparePair(...requirePair(raw)) : this.prepareText(requireText(raw));
  }

  /** Prepared texts → a batch, padded to the longest or further, as `shape` asks. */
  collate(items: readonly (PreparedText | undefined)[], shape: BatchShape = {}): TextBatch {
    const { maxTokens, pairs } = this.layout;
    return collateTexts(items, { ...shape, padId: this.tokenizer.padId, maxTokens, withParts: pairs });
  }

  /** The word piece of each token. */
  describe({ ids }: PreparedText): readonly TokenDescription[] {
    return Array.from(ids, (id) => ({ kind: 'text', text: this.tokenizer.piece(id) }));
  }

  private prepareText(text: string): PreparedText {
    const { opening, closing } = this;
    const room = this.layout.maxTokens - opening.length - closing.length;
    return { ids: Int32Array.from([...opening, ...this.tokenizer.encode(text, room), ...closing]) };
  }

  private preparePair(one: string, two: string): PreparedText {
    const { opening, tokenizer } = this;
    const { sepId } = tokenizer.vocabulary;
    const room = this.layout.maxTokens - opening.length - 2;
    const [first, second] = truncatePair(tokenizer.encode(one, room), tokenizer.encode(two, room), room);
    const ids = Int32Array.from([...opening, ...first, sepId, ...second, sepId]);
    const parts = new Int32Array(ids.length).fill(1, opening.length + first.length + 1);
    return { ids, parts };
  }
}
