// Shapes: B batch, S word pieces with [CLS] and [SEP], D hiddenSize.
import { clone, expandDims, ones, tidy, type Rank, type Tensor3D } from '@tensorflow/tfjs-core';
import {
  defineEncoder,
  type BatchTensors,
  type Encoder,
  type ForwardContext,
  type ParameterScope,
  type TokenBlock,
  type TokenDescription,
} from '@tessera/core';
import { Bert } from '@tessera/layers';
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

const config = z.strictObject({
  ...vocabularyOptions,
  output: z.enum(['pooled', 'tokens']).default('pooled').describe('One token, dense + tanh of [CLS], or all of them.'),
  hiddenSize: z.int().positive().default(768).describe('Width of a token.'),
  numLayers: z.int().positive().default(12).describe('Layers of the transformer.'),
  numHeads: z.int().positive().default(12).describe('Attention heads; they divide hiddenSize.'),
  intermediateSize: z
    .int()
    .positive()
    .optional()
    .describe('Width between the two layers of a feed-forward part; 4 × hiddenSize if left out.'),
  maxPositions: z.int().positive().default(512).describe('Rows of the position table.'),
  dropoutRate: z.number().min(0).lt(1).default(0.1).describe('Dropout of embeddings and of each sublayer.'),
  attentionDropoutRate: z.number().min(0).lt(1).default(0.1).describe('Dropout of attention probabilities.'),
  layerNormEpsilon: z.number().positive().default(1e-12).describe('Added to the variance in LayerNorm.'),
});

/** Options of the encoder `bert`. */
export type BertEncoderOptions = z.output<typeof config>;

/** A whole text encoder of its own: BERT over `[CLS] text [SEP]`, giving its pooled state or its tokens. */
export class BertEncoder implements Encoder<RawText, PreparedText> {
  readonly tokenWidth: number;
  readonly maxTokens: number;
  readonly fixedLength: boolean;
  readonly tokenSpace = 'encoder';
  readonly numParts = 1;
  readonly towerPaths: readonly string[];
  private readonly bert: Bert;

  /** @throws SpecError when numHeads does not divide hiddenSize */
  constructor(
    private readonly tokenizer: BertTokenizer,
    private readonly options: BertEncoderOptions,
    parameters: ParameterScope,
  ) {
    const { size, padId } = tokenizer.vocabulary;
    const { hiddenSize, intermediateSize = 4 * hiddenSize, layerNormEpsilon } = options;
    this.bert = new Bert(parameters, {
      ...options,
      vocabSize: size,
      padId,
      numSegments: 2,
      intermediateSize,
      layerNormEpsilon,
    });
    this.tokenWidth = hiddenSize;
    this.fixedLength = options.output === 'pooled';
    this.maxTokens = this.fixedLength ? 1 : options.maxTokens;
    this.towerPaths = [`${parameters.path}.layers`];
  }

  async check(raw: RawText): Promise<void> {
    sentencesOf(raw);
  }

  async prepare(raw: RawText): Promise<PreparedText> {
    const { clsId, sepId } = this.tokenizer.vocabulary;
    const [first = [], second] = sentencesOf(raw).map((sentence) => this.tokenizer.encode(sentence));
    truncatePair(
      first,
      second ?? [],
      Math.max(0, Math.min(this.options.maxTokens, this.options.maxPositions) - (second ? 3 : 2)),
    );
    const ids = Int32Array.from([clsId, ...first, sepId, ...(second ? [...second, sepId] : [])]);
    const parts = new Int32Array(ids.length);
    if (second) parts.fill(1, first.length + 2);
    return { ids, parts };
  }

  collate(items: readonly (PreparedText | undefined)[]): BatchTensors {
    return collateTexts(items, this.tokenizer.vocabulary.padId);
  }

  encode(batch: BatchTensors, context: ForwardContext): TokenBlock {
    const { ids, mask, parts } = batch as unknown as TextBatch;
    return tidy(() => {
      const { states, pooled } = this.bert.apply({ ids, padMask: mask, segments: parts }, context);
      const block: TokenBlock = this.fixedLength
        ? { tokens: expandDims<Tensor3D>(pooled, 1), mask: ones<Rank.R2>([ids.shape[0], 1]) }
        : { tokens: states, mask: clone(mask) };
      return block as never;
    });
  }

  describeTokens({ ids }: PreparedText): readonly TokenDescription[] {
    if (this.fixedLength) return [{ kind: 'other', label: 'text' }];
    return Array.from(ids, (id) => ({ kind: 'text', text: this.tokenizer.piece(id) }));
  }
}

/** The encoder `bert`. */
export const bert = defineEncoder<RawText, PreparedText>()({
  name: 'bert',
  summary: 'A BERT of its own for one modality: its pooled state as one token, or all its tokens.',
  config,
  fitScope: 'encoder',
  fit: fitVocabulary,
  create: (options, _services, { assets, parameters, path }) =>
    new BertEncoder(openTokenizer(assets, options.lowercase, path), options, parameters),
});
