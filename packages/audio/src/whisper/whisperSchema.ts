import { z } from 'zod';
import { soundInputSchema, soundOptions } from '../input/soundInputSchema.js';

const seconds = soundInputSchema.shape.seconds.unwrap();
const size = z.int().positive();
const rate = z.number().min(0).lt(1);

/** Options of the encoder `whisper`; the sizes are those of whisper-tiny. */
export const whisperSchema = z.strictObject({
  ...soundOptions,
  input: soundInputSchema
    .extend({ seconds: seconds.default(30).describe('Length of what the encoder hears; Whisper was trained on 30.') })
    .prefault({})
    .describe('Length and resolution of sounds.'),
  hiddenSize: size
    .default(384)
    .describe('Width of every state, even and a multiple of numHeads; 384 tiny, 512 base, 768 small, 1024 medium.'),
  numLayers: size.default(4).describe('Transformer layers; 4 tiny, 6 base, 12 small, 24 medium.'),
  numHeads: size.default(6).describe('Attention heads of each layer; 6 tiny, 8 base, 12 small, 16 medium.'),
  intermediateSize: size.optional().describe('Width of the feed-forward network; 4 × hiddenSize if left out.'),
  dropoutRate: rate.default(0).describe('Share of states dropped in training.'),
  attentionDropoutRate: rate.default(0).describe('Share of attention probabilities dropped in training.'),
});

/** Parsed options of the encoder `whisper`. */
export type WhisperConfig = z.output<typeof whisperSchema>;
