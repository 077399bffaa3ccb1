import { z } from 'zod';
import { soundOptions } from '../input/soundInputSchema.js';

/** Options of the encoder `audio-cnn`. */
export const audioCnnSchema = z.strictObject({
  ...soundOptions,
  width: z.int().min(1).max(512).default(32).describe('Channels of the stem; each block doubles them.'),
  numBlocks: z
    .int()
    .min(1)
    .max(6)
    .default(3)
    .describe('Blocks of two convolutions; each halves time and frequencies, as the stem does.'),
});

/** Parsed options of the encoder `audio-cnn`. */
export type AudioCnnConfig = z.output<typeof audioCnnSchema>;
