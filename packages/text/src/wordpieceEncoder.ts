// Shapes: B batch, N word pieces, D hiddenSize of the fusion.
import { clone, tidy } from '@tensorflow/tfjs-core';
import {
  defineEncoder,
  tokenEmbeddings,
  type BatchTensors,
  type Encoder,
  type TokenBlock,
  type TokenDescription,
  type TokenEmbeddings,
} from '@tessera/core';
import { z } from 'zod';
import { openTokenizer, type BertTokenizer } from './bertTokenizer.js';
import {
  collateTexts,
  sentencesOf,
  truncatePair,
  type PreparedText,
  type RawText,
  type TextBatch,
} from './textInput.js';
import { fitVocabulary, vocabularyOptions } from './vocabularyOptions.js';

/**
 * Word pieces as rows of the fusion's own word table. A single text brings no special tokens, since the fusion adds
 * [CLS] and [SEP]; a pair is `first [SEP] second [SEP]` with parts 0 and 1, as facebookresearch/mmbt lays V-SNLI out.
 * An empty text has no token: its mask is all 0.
 */
export class WordpieceEncoder implements Encoder<RawText, PreparedText> {
  readonly tokenWidth: number;
  readonly fixedLength = false;
  readonly tokenSpace = 'fusion';
  readonly towerPaths: readonly string[];

  constructor(
    private readonly tokenizer: BertTokenizer,
    private readonly embeddings: TokenEmbeddings,
    readonly maxTokens: number,
    readonly numParts: 1 | 2,
  ) {
    embeddings.useVocabulary(tokenizer.vocabulary);
    this.tokenWidth = embeddings.width;
    this.towerPaths = [embeddings.layersPath];
  }

  async check(raw: RawText): Promise<void> {
    sentencesOf(raw);
  }

  async prepare(raw: RawText): Promise<PreparedText> {
    const [first = [], second] = sentencesOf(raw).map((sentence) => this.tokenizer.encode(sentence));
    if (!second) {
      const ids = Int32Array.from(first.slice(0, this.maxTokens));
      return { ids, parts: new Int32Array(ids.length) };
    }
    const { sepId } = this.tokenizer.vocabulary;
    truncatePair(first, second, Math.max(0, this.maxTokens - 2));
    const ids = Int32Array.from([...first, sepId, ...second, sepId]);
    const parts = new Int32Array(ids.length);
    if (this.numParts === 2) parts.fill(1, first.length + 1);
    return { ids, parts };
  }

  collate(items: readonly (PreparedText | undefined)[]): BatchTensors {
    return collateTexts(items, this.tokenizer.vocabulary.padId);
  }

  encode(batch: BatchTensors): TokenBlock {
    const { ids, mask, parts } = batch as unknown as TextBatch;
    return tidy(() => ({ tokens: this.embeddings.lookup(ids), mask: clone(mask), parts: clone(parts) }) as never);
  }

  describeTokens({ ids }: PreparedText): readonly TokenDescription[] {
    return Array.from(ids, (id) => ({ kind: 'text', text: this.tokenizer.piece(id) }));
  }
}

/** The encoder `wordpiece`. */
export const wordpiece = defineEncoder<RawText, PreparedText>()({
  name: 'wordpiece',
  summary: "Word pieces in the joint transformer's own word table, as in MMBT.",
  config: z.strictObject({
    ...vocabularyOptions,
    pairs: z.boolean().default(false).describe('Inputs are sentence pairs, each sentence with a segment of its own.'),
  }),
  needs: { embeddings: tokenEmbeddings },
  fitScope: 'encoder',
  fit: fitVocabulary,
  create: ({ lowercase, maxTokens, pairs }, { embeddings }, { assets, path }) =>
    new WordpieceEncoder(openTokenizer(assets, lowercase, path), embeddings, maxTokens, pairs ? 2 : 1),
});
