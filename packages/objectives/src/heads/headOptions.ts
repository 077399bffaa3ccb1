import { z } from 'zod';

/** Options that the layers of every head have. */
export const layerOptions = {
  dropoutRate: z
    .number()
    .min(0)
    .lt(1)
    .default(0)
    .describe('Share of features dropped before each linear layer, in training.'),
  hiddenSizes: z
    .array(z.int().positive())
    .default([])
    .describe('Widths of hidden layers (Linear, ReLU) before the output layer.'),
};

/** Names of the classes of a head. */
export const labelsOption = z
  .array(z.string().min(1))
  .optional()
  .describe('Class names in output order; in order of first appearance in the training data if left out.');
