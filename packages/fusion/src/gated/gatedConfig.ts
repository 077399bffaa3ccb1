import { z } from 'zod';

/** Options of the gated fusion. */
export const gatedConfig = z.strictObject({
  hiddenSize: z.int().positive().default(512).describe('Width of the joint state, and of each modality’s share in it.'),
});
