// Parts of the spec that do not depend on the plugins in use.
import { z } from 'zod';
import { recipeNames } from './recipes.js';

/** Names of modalities and heads: they become parts of parameter paths. */
export const partName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_]*$/, 'must start with a letter and hold letters, digits and _ only');

/** Keys that every modality has beside its encoder's own options. */
export const modalityCommon = z.strictObject({
  absent: z
    .enum(['mask', 'token'])
    .optional()
    .describe(
      'What stands for this modality where a sample lacks it: nothing, its tokens being masked out of all attention ' +
        '(`mask`, also if left out), or one learned token (`token`).',
    ),
});

/** Keys that every head has beside its type's own options. */
export const headCommon = z.strictObject({
  weight: z.number().positive().default(1).describe('Factor of this head in the sum of losses.'),
  metrics: z.array(z.string()).optional().describe("Metrics to report; the head type's defaults if left out."),
});

const location = z
  .string()
  .describe('A run folder, a spec to train first, a file or folder of weights, or hf:<owner>/<name> on the hub.');

const initialChoice = z.strictObject({
  from: location,
  layout: z
    .string()
    .optional()
    .describe('Whose names the file has, such as bert or resnet; found out by its names if left out.'),
  missing: z
    .union([z.string(), z.array(z.string())])
    .default([])
    .transform((patterns) => [patterns].flat())
    .describe('Patterns of parameters that the file may lack, which then start anew; * stands for any characters.'),
  grow: z
    .boolean()
    .default(false)
    .describe(
      'The model is one that a run grew into: its vocabularies and labels stay, modalities and heads that it lacks start ' +
        'anew, arrays that got longer keep what they have.',
    ),
});

/** `initialize`: parameter path prefix → where its values are. */
export const initializeSchema = z
  .record(
    z.string(),
    z
      .union([location, initialChoice])
      .transform((given) => (typeof given === 'string' ? { from: given, missing: [], grow: false } : given)),
  )
  .default({})
  .describe('Where parameters below a path start from, by path prefix.');

/** One entry of `initialize`, parsed. */
export type InitialChoice = z.output<typeof initialChoice>;

/** One entry of `initialize`, as it is written. */
export type InitialSpec = string | z.input<typeof initialChoice>;

/** `published`: the row of a paper's table that a spec stands for. */
export const publishedSchema = z
  .strictObject({
    task: z.string().min(1).describe('The data, such as mmimdb.'),
    model: z.string().min(1).describe('The model, such as mmbt.'),
  })
  .optional()
  .describe("The row of a paper's table that this spec stands for: `compare` shows its figures beside the spec's own.");

/** `published`, parsed. */
export type PublishedRow = NonNullable<z.output<typeof publishedSchema>>;

/** `plugins`: packages and modules that parts of the spec come from. */
export const pluginsSchema = z
  .array(z.string().min(1))
  .optional()
  .describe('Plugins to load: names of packages, or paths of TypeScript or JavaScript modules.');

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
    'Training options under one name: `modern`, our own; of facebookresearch/mmbt `paper` for models with a BERT and ' +
      '`paper-adam` for others. What `training` says itself counts before them.',
  );
