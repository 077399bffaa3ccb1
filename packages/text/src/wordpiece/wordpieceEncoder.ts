// Shapes: B batch, N word pieces, D hiddenSize of the fusion.
import type { BatchShape, Encoder, Preview, TokenBlock, TokenDescription, TokenEmbeddings } from '@tessera/core';
import { tidyRecord } from '@tessera/layers';
import type { RawText } from '../input/rawText.js';
import { previewText } from '../input/previewText.js';
import type { PreparedText, TextBatch } from '../input/textBatch.js';
import { TextPreparation } from '../input/textPreparation.js';
import type { WordPieceTokenizer } from '../tokenizer/wordPieceTokenizer.js';

/** How a {@link WordpieceEncoder} lays texts out. */
export interface WordpieceEncoderOptions {
  readonly maxTokens: number;
  readonly pairs: boolean;
  /** Whether [SEP] stands before the text and behind it; not if left out. */
  readonly sepAround?: boolean;
  /** Where the encoder stands in the spec, for messages. */
  readonly path: string;
}

/**
 * Word pieces as rows of the fusion's own word table, as in facebookresearch/mmbt. A single text has no special tokens
 * unless `sepAround` asks for them, since the fusion sets [CLS] and [SEP]; a pair is `first [SEP] second [SEP]`, with a segment for each sentence. A text
 * without words has no tokens: the model goes by the other modalities and its special tokens.
 */
export class WordpieceEncoder implements Encoder<RawText, PreparedText, TextBatch> {
  readonly tokenWidth: number;
  readonly maxTokens: number;
  readonly fixedLength = false;
  readonly tokenSpace = 'fusion';
  readonly numParts: number;
  readonly towerPaths: readonly string[];
  private readonly preparation: TextPreparation;

  /** @throws SpecError when maxTokens is too small, or when another encoder declared another vocabulary for the same table */
  constructor(
    tokenizer: WordPieceTokenizer,
    private readonly embeddings: TokenEmbeddings,
    { maxTokens, pairs, sepAround = false, path }: WordpieceEncoderOptions,
  ) {
    const layout = { maxTokens, pairs, startsWith: sepAround ? 'sep' : 'words', endsWithSep: sepAround } as const;
    this.preparation = new TextPreparation(tokenizer, layout, path);
    embeddings.useVocabulary(tokenizer.vocabulary);
    this.tokenWidth = embeddings.width;
    this.maxTokens = maxTokens;
    this.numParts = pairs ? 2 : 1;
    this.towerPaths = [embeddings.layersPath];
  }

  async check(raw: RawText): Promise<void> {
    this.preparation.check(raw);
  }

  async prepare(raw: RawText): Promise<PreparedText> {
    return this.preparation.prepare(raw);
  }

  collate(items: readonly (PreparedText | undefined)[], shape?: BatchShape): TextBatch {
    return this.preparation.collate(items, shape);
  }

  encode({ ids, mask, parts }: TextBatch): TokenBlock {
    return tidyRecord(() => ({
      tokens: this.embeddings.lookup(ids),
      mask: mask.clone(),
      ...(parts && { parts: parts.clone() }),
    }));
  }

  describeTokens(prepared: PreparedText): readonly TokenDescription[] {
    return this.preparation.describe(prepared);
  }

  async preview(raw: RawText): Promise<Preview> {
    return previewText(raw);
  }
}
