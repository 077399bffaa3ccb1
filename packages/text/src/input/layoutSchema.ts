import { z } from 'zod';

/** Options of encoders that read texts as rows of word pieces. */
export const layoutOptions = {
  maxTokens: z
    .int()
    .positive()
    .default(128)
    .describe(
      'Most tokens of a text, its special ones included; what goes beyond is cut off, of pairs the longer sentence.',
    ),
  pairs: z
    .boolean()
    .default(false)
    .describe('Whether inputs are sentence pairs: { first, second } or a list of two. Each sentence gets a segment.'),
};
