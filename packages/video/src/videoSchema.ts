import { z } from 'zod';

const mostFrames = 512;
const frameCount = z.int().min(1).max(mostFrames);

/** Options of the `video` encoder beside its `image`. */
export const videoSchema = z.object({
  frames: z
    .union([
      z.strictObject({ count: frameCount.describe('Frames taken at even distances, whatever the length.') }),
      z.strictObject({
        rate: z.number().positive().max(240).describe('Frames for each second, from the start.'),
        most: frameCount.default(32).describe('Frames after which the rest of a long video is left out.'),
      }),
    ])
    .default({ count: 8 })
    .describe('Which frames are encoded: { count }, evenly spread, or { rate, most }, at a fixed rate.'),
  pool: z
    .strictObject({
      kind: z.enum(['average', 'max']).default('average').describe('How the values of a step become one.'),
      steps: frameCount.optional().describe('Steps in time, T; each frame is a step of its own if left out.'),
    })
    .prefault({})
    .describe("Adaptive pooling over time: with the image encoder's own grid of H×W, tokens are a grid of T×H×W."),
  positions: z
    .enum(['learned', 'sinusoidal', 'none'])
    .default('learned')
    .describe('What tells the steps apart before the fusion sees them: a vector for each step, added to its tokens.'),
});
