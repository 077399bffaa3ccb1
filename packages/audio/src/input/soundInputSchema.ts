import { z } from 'zod';
import { specAugmentSchema } from '../augment/specAugmentSchema.js';

/** `input`: how much of a sound an encoder hears, and how finely. */
export const soundInputSchema = z.strictObject({
  seconds: z
    .number()
    .min(0.1)
    .max(30) // Whisper has positions for as many
    .default(5)
    .describe('Length of what the encoder hears: the sound’s first seconds, or all of it and silence.'),
  melBins: z
    .int()
    .min(8)
    .max(128)
    .default(80)
    .describe('Frequency bins of the spectrogram, from 0 to 8000 Hz; Whisper has 80, its large-v3 has 128.'),
});

/** Options that all audio encoders share. */
export const soundOptions = {
  input: soundInputSchema.prefault({}).describe('Length and resolution of sounds.'),
  pool: z
    .strictObject({
      kind: z.enum(['average', 'max']).default('average').describe('How the values of a stretch become one.'),
      tokens: z
        .int()
        .min(1)
        .max(1500)
        .default(10)
        .describe('Stretches of equal length that the time is cut into; each gives one token.'),
    })
    .prefault({})
    .describe('Adaptive pooling over time to tokens.'),
  augment: specAugmentSchema.prefault({}).describe('Random changes of training spectrograms; none by default.'),
};

/** How the states of a sound become tokens. */
export interface TimePool {
  readonly kind: 'average' | 'max';
  readonly tokens: number;
}
