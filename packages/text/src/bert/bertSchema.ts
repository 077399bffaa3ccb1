import { z } from 'zod';
import { layoutOptions } from '../input/layoutSchema.js';
import { vocabularyOptions } from '../vocabulary/vocabularySchema.js';

const size = z.int().positive();
const rate = z.number().min(0).lt(1);

/** Options of the encoder `bert`; the sizes are BERT-base's. */
export const bertSchema = z.strictObject({
  ...vocabularyOptions,
  ...layoutOptions,
  output: z
    .enum(['pooled', 'tokens'])
    .default('pooled')
    .describe('pooled: one token, dense + tanh of [CLS]. tokens: the last state of every token.'),
  finalSep: z
    .boolean()
    .default(true)
    .describe('Whether a single text ends with [SEP], as in BERT; facebookresearch/mmbt leaves it out.'),
  hiddenSize: size.default(768).describe('Width of every token state; a multiple of numHeads.'),
  numLayers: size.default(12).describe('Transformer layers.'),
  numHeads: size.default(12).describe('Attention heads of each layer.'),
  intermediateSize: size.optional().describe('Width of the feed-forward network; 4 × hiddenSize if left out.'),
  maxPositions: size.default(512).describe('Rows of the position table; at least maxTokens.'),
  dropoutRate: rate.default(0.1).describe('Share of states dropped in training.'),
  attentionDropoutRate: rate.default(0.1).describe('Share of attention probabilities dropped in training.'),
  layerNormEpsilon: z.number().positive().default(1e-12).describe('Added to the variance in every LayerNorm.'),
});

/** Parsed options of the encoder `bert`. */
export type BertConfig = z.output<typeof bertSchema>;
