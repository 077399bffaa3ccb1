// Shapes: B batch, N words of the longest text, E dimension.
import { div, expandDims, maximum, mul, sum, type Tensor3D } from '@tensorflow/tfjs-core';
import type { BatchShape, Encoder, Preview, TokenBlock, TokenDescription } from '@tessera/core';
import { tidyRecord } from '@tessera/layers';
import { previewText } from '../input/previewText.js';
import { requireSentences, type RawText } from '../input/rawText.js';
import { collateTexts, type PreparedText, type TextBatch } from '../input/textBatch.js';
import type { TextTokenizer } from '../tokenizer/textTokenizer.js';
import type { WordVectors } from './wordVectors.js';

/** How a {@link BowEncoder} makes one vector of a text. */
export interface BowEncoderOptions {
  /** E, the width of the vectors. */
  readonly dimension: number;
  readonly reduction: 'mean' | 'sum';
  /** Most words of a text. */
  readonly maxTokens: number;
  /** Path of the vectors' parameters. */
  readonly path: string;
}

/**
 * A bag of words: the mean or sum of a text's word vectors as one token, unknown words counted. The sentences of a pair
 * go into one bag. An empty text is present and all zeros.
 */
export class BowEncoder implements Encoder<RawText, PreparedText, TextBatch> {
  readonly tokenWidth: number;
  readonly maxTokens = 1;
  readonly fixedLength = true;
  readonly tokenSpace = 'encoder';
  readonly numParts = 1;
  readonly towerPaths: readonly string[];

  constructor(
    private readonly tokenizer: TextTokenizer,
    private readonly vectors: WordVectors,
    private readonly options: BowEncoderOptions,
  ) {
    this.tokenWidth = options.dimension;
    this.towerPaths = [options.path];
  }

  async check(raw: RawText): Promise<void> {
    requireSentences(raw);
  }

  async prepare(raw: RawText): Promise<PreparedText> {
    const { maxTokens } = this.options;
    const ids = requireSentences(raw).flatMap((sentence) => this.tokenizer.encode(sentence, maxTokens));
    return { ids: Int32Array.from(ids.slice(0, maxTokens)) };
  }

  collate(items: readonly (PreparedText | undefined)[], shape: BatchShape = {}): TextBatch {
    return collateTexts(items, { ...shape, padId: this.tokenizer.padId, maxTokens: this.options.maxTokens });
  }

  encode({ ids, mask, present }: TextBatch): TokenBlock {
    return tidyRecord(() => {
      const words = mul(this.vectors.lookup(ids), expandDims(mask, 2)); // [B, N, E]
      const total = sum(words, 1, true); // [B, 1, E]
      const count = expandDims(maximum(sum(mask, 1, true), 1), 2); // [B, 1, 1]
      const tokens = (this.options.reduction === 'mean' ? div(total, count) : total) as Tensor3D;
      return { tokens, mask: present.clone() };
    });
  }

  describeTokens({ ids }: PreparedText): readonly TokenDescription[] {
    return [{ kind: 'text', text: Array.from(ids, (id) => this.tokenizer.piece(id)).join(' ') }];
  }

  async preview(raw: RawText): Promise<Preview> {
    return previewText(raw);
  }
}
