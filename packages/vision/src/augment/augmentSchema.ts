import { z } from 'zod';

const range = (entry: z.ZodNumber) =>
  z
    .tuple([entry, entry])
    .readonly()
    .refine(([low, high]) => low <= high, 'must be [lowest, highest]');

/** `augment`: random changes of training pictures. Everything is off by default. */
export const augmentSchema = z.strictObject({
  crop: z
    .strictObject({
      scale: range(z.number().positive().max(1))
        .default([0.08, 1])
        .describe("Share of the picture's area that is cut out, [lowest, highest]."),
      ratio: range(z.number().positive())
        .default([3 / 4, 4 / 3])
        .describe('Width divided by height of what is cut out, [lowest, highest].'),
    })
    .optional()
    .describe(
      'Cuts out a random rectangle and brings it to size, as RandomResizedCrop of torchvision; taken from the picture whose shorter side is input.resize.',
    ),
  flip: z.number().min(0).max(1).default(0).describe('Probability of exchanging left and right.'),
  affine: z
    .strictObject({
      scale: range(z.number().positive())
        .default([1, 1])
        .describe(
          'Side of what is shown, relative to the picture, [lowest, highest]: 0.8 enlarges to 1.25, 1.2 shows a margin.',
        ),
      rotate: z.number().min(0).max(180).default(0).describe('Largest rotation to either side, in degrees.'),
      translate: z
        .number()
        .min(0)
        .max(1)
        .default(0)
        .describe('Largest shift in either direction, as a share of the width and height.'),
    })
    .optional()
    .describe("Random scaling, rotation and shift, bilinear; beyond the edge the edge's pixels are repeated."),
  brightness: z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .describe('Multiplies the normalised picture by a random factor of 1 ± this.'),
  color: z
    .number()
    .min(0)
    .default(0)
    .describe('Adds a random number within ± this to each channel of the normalised picture.'),
});

/** Checked options of `augment`. */
export type AugmentOptions = z.output<typeof augmentSchema>;
