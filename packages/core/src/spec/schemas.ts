// Parts of the spec that do not depend on the plugins in use.
import { z } from 'zod';
import { recipeNames } from './recipes.js';

/** Names of modalities and heads: they become parts of parameter paths. */
export const partName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_]*$/, 'must start with a letter and hold letters, digits and _ only');

/** Keys that every head has beside its type's own options. */
export const headCommon = z.strictObject({
  weight: z.number().positive().default(1).describe('Factor of this head in the sum of losses.'),
  metrics: z.array(z.string()).optional().describe("Metrics to report; the head type's defaults if left out."),
});

/** `initialize`: parameter path prefix → run folder or safetensors file. */
export const initializeSchema = z
  .record(z.string(), z.string())
  .default({})
  .describe('Where parameters below a path start from: a run folder or a safetensors file, by path prefix.');

/** Name of a model, used for its run folder. */
export const modelName = z
  .string()
  .min(1)
  .default('model')
  .describe('Name of the model; the default run folder is runs/<name>.');

/** `recipe`: a name for a set of training options. */
export const recipeSchema = z
  .enum(recipeNames)
  .optional()
  .describe(
    'Training options of facebookresearch/mmbt under one name: `paper` for models with a BERT, `paper-adam` for others. ' +
      'What `training` says itself counts before them.',
  );
