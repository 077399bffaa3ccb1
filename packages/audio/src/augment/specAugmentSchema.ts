import { z } from 'zod';

const count = z.int().min(0).max(20);

/** `augment`: random changes of training spectrograms (Park et al., "SpecAugment", arXiv 1904.08779). */
export const specAugmentSchema = z.strictObject({
  frequencyMasks: z
    .strictObject({
      count: count.default(2).describe('Bands that are hidden.'),
      width: z.int().min(1).max(128).default(27).describe('Mel bins that a band has at most.'),
    })
    .optional()
    .describe('Hides bands of frequencies; {} for the paper’s sizes.'),
  timeMasks: z
    .strictObject({
      count: count.default(2).describe('Stretches of time that are hidden.'),
      seconds: z.number().positive().max(30).default(1).describe('How long a stretch is at most.'),
      share: z.number().positive().max(1).default(0.2).describe('Share of the sound that a stretch has at most.'),
    })
    .optional()
    .describe('Hides stretches of time within the sound; {} for the paper’s sizes.'),
  shift: z.number().min(0).max(30).default(0).describe('Seconds by which the sound comes earlier or later at most.'),
});

/** Checked options of `augment`. */
export type SpecAugmentOptions = z.output<typeof specAugmentSchema>;
