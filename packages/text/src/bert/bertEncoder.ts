// Shapes: B batch, N tokens with the special ones, D hiddenSize.
import { expandDims, type Tensor3D } from '@tensorflow/tfjs-core';
import {
  SpecError,
  type BatchShape,
  type Encoder,
  type EncoderContext,
  type ForwardContext,
  type Preview,
  type TokenBlock,
  type TokenDescription,
} from '@tessera/core';
import { Bert, BertBackbone, headSizeOf, tidyRecord, type BertInput } from '@tessera/layers';
import { previewText } from '../input/previewText.js';
import type { RawText } from '../input/rawText.js';
import type { PreparedText, TextBatch } from '../input/textBatch.js';
import { TextPreparation } from '../input/textPreparation.js';
import type { WordPieceTokenizer } from '../tokenizer/wordPieceTokenizer.js';
import type { BertConfig } from './bertSchema.js';

/** A BERT of one modality's own over `[CLS] text [SEP]`, which gives its pooled state or the states of its tokens. */
export class BertEncoder implements Encoder<RawText, PreparedText, TextBatch> {
  readonly tokenWidth: number;
  readonly maxTokens: number;
  readonly fixedLength: boolean;
  readonly tokenSpace = 'encoder';
  readonly numParts = 1;
  /** The transformer layers alone, as facebookresearch/mmbt: embeddings and pooler train on. */
  readonly towerPaths: readonly string[];
  private readonly preparation: TextPreparation;
  /** Ids → [B, 1, D] or [B, N, D]. */
  private readonly tokens: (input: BertInput, context: ForwardContext) => Tensor3D;

  /** @throws SpecError when options contradict each other */
  constructor(
    tokenizer: WordPieceTokenizer,
    config: BertConfig,
    { parameters, path }: Pick<EncoderContext, 'parameters' | 'path'>,
  ) {
    const { hiddenSize, maxTokens, pairs, output } = config;
    headSizeOf(path, hiddenSize, config.numHeads);
    checkPositions(config, path);
    const layout = { maxTokens, pairs, startsWith: 'cls', endsWithSep: config.finalSep } as const;
    this.preparation = new TextPreparation(tokenizer, layout, path);
    const sizes = {
      ...config,
      vocabSize: tokenizer.size,
      padId: tokenizer.padId,
      numSegments: 2,
      intermediateSize: config.intermediateSize ?? 4 * hiddenSize,
    };
    this.tokens =
      output === 'pooled' ? pooledToken(new Bert(parameters, sizes)) : states(new BertBackbone(parameters, sizes));
    this.tokenWidth = hiddenSize;
    this.fixedLength = output === 'pooled';
    this.maxTokens = this.fixedLength ? 1 : maxTokens;
    this.towerPaths = [parameters.scope('layers').path];
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

  encode({ ids, mask, present, parts }: TextBatch, context: ForwardContext): TokenBlock {
    return tidyRecord(() => ({
      tokens: this.tokens({ ids, padMask: mask, segments: parts }, context),
      mask: (this.fixedLength ? present : mask).clone(),
    }));
  }

  describeTokens(prepared: PreparedText): readonly TokenDescription[] {
    const pieces = this.preparation.describe(prepared);
    if (!this.fixedLength) return pieces;
    return [{ kind: 'text', text: pieces.map((piece) => ('text' in piece ? piece.text : '')).join(' ') }];
  }

  async preview(raw: RawText): Promise<Preview> {
    return previewText(raw);
  }
}

/** The pooled state as one token. */
const pooledToken =
  (bert: Bert) =>
  (input: BertInput, context: ForwardContext): Tensor3D =>
    expandDims(bert.apply(input, context).pooled, 1);

/** The last state of every token. */
const states =
  (backbone: BertBackbone) =>
  (input: BertInput, context: ForwardContext): Tensor3D =>
    backbone.apply(input, context).states;

function checkPositions({ maxTokens, maxPositions }: BertConfig, path: string): void {
  if (maxTokens <= maxPositions) return;
  throw new SpecError([
    {
      path: `${path}.maxTokens`,
      message: `must be at most maxPositions, got maxTokens=${maxTokens}, maxPositions=${maxPositions}. Use fewer tokens, or a longer position table.`,
    },
  ]);
}
