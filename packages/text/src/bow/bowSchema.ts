import { z } from 'zod';
import { vocabularyOptions } from '../vocabulary/vocabularySchema.js';

/** Options of the encoder `bow`. */
export const bowSchema = z.strictObject({
  ...vocabularyOptions,
  tokens: z
    .enum(['words', 'whitespace', 'wordpiece'])
    .default('words')
    .describe(
      'What has a vector: words and punctuation marks, what stands between spaces (facebookresearch/mmbt, with lowercase: false), or the pieces of a WordPiece vocabulary.',
    ),
  maxTokens: z.int().positive().default(512).describe('Most words or pieces of a text that count.'),
  dimension: z
    .int()
    .positive()
    .default(300)
    .describe('Width of a word vector; that of the GloVe file if there is one.'),
  reduction: z
    .enum(['mean', 'sum'])
    .default('mean')
    .describe('How the vectors of a text become one; facebookresearch/mmbt sums.'),
  glove: z
    .string()
    .min(1)
    .optional()
    .describe('Path of a GloVe text file that the vectors start from; words it lacks start as zeros.'),
  frozen: z.boolean().default(false).describe('Whether the vectors stay as they are; true in facebookresearch/mmbt.'),
  initialStd: z
    .number()
    .min(0)
    .default(1)
    .describe('Standard deviation of initial vectors where there is no GloVe file; 1 as torch.nn.Embedding.'),
});

/** Parsed options of the encoder `bow`. */
export type BowConfig = z.output<typeof bowSchema>;
