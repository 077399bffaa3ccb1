import { z } from 'zod';

/** Options of the concatenation. */
export const concatConfig = z.strictObject({
  hiddenSizes: z
    .array(z.int().positive())
    .default([])
    .describe('Widths of hidden layers after the concatenation; none: heads read the features themselves.'),
  batchNorm: z.boolean().default(false).describe('BatchNorm before the ReLU of each hidden layer.'),
  dropoutRate: z.number().min(0).lt(1).default(0.1).describe('Share dropped after each hidden layer, in training.'),
});
