// `recipe: paper` or `recipe: modern` in a spec: options of `training` under one name. What the spec says itself counts before the recipe.
import { isMapping } from './issues.js';

type Mapping = Readonly<Record<string, unknown>>;

/** What both recipes of the paper share: facebookresearch/mmbt, train.py, its defaults. */
const authors: Mapping = {
  epochs: 100,
  batchSize: 128,
  accumulate: 24,
  remainder: 'discard',
  decayBatchNorm: true,
  frozenBatchNorm: 'batch',
  patience: 10,
  keep: 'best',
  seed: 123,
};

/** torch's ReduceLROnPlateau as train.py sets it up; its eps of 1e-8 is a share of the rate here. */
const plateau: Mapping = { type: 'plateau', factor: 0.5, patience: 2, threshold: 1e-4, epsilon: 1e-4 };

/** Training options by the name of the recipe. */
export const recipes = {
  /** BertAdam, warm-up and linear decay for each parameter, reduced on a plateau: the authors' bert, concatbert and mmbt. */
  paper: {
    ...authors,
    optimizer: { type: 'bert-adam', learningRate: 1e-4, weightDecay: 0.01, clipNorm: 1, epsilon: 1e-6 },
    schedule: { ...plateau, decay: 'linear', warmup: 0.1 },
  },
  /** Adam, reduced on a plateau: the authors' bow, img and concatbow. */
  'paper-adam': { ...authors, optimizer: { type: 'adam', learningRate: 1e-4 }, schedule: plateau },
  /** Our own, chosen on the validation split of the emoji task: docs/recipes.md. */
  modern: {
    epochs: 20,
    batchSize: 32,
    optimizer: { type: 'adamw', learningRate: 1e-3 }, // decay 0.01, not of biases and normalisation
    schedule: { type: 'cosine', warmup: 0.1 },
    clipNorm: 1,
    keep: 'last',
  },
} as const satisfies Readonly<Record<string, Mapping>>;

/** Name of a recipe. */
export type RecipeName = keyof typeof recipes;

/** All names. */
export const recipeNames = Object.keys(recipes) as readonly RecipeName[];

/** Whether a value names a recipe. */
export const isRecipe = (value: unknown): value is RecipeName =>
  typeof value === 'string' && Object.hasOwn(recipes, value);

/** `training` on top of a recipe: options one by one, parts too as long as they are of the recipe's type. */
export function withRecipe(training: Mapping, recipe: RecipeName): Mapping {
  const base: Mapping = recipes[recipe];
  const parts = ['optimizer', 'schedule'].filter((key) => training[key] !== undefined);
  return {
    ...base,
    ...training,
    ...Object.fromEntries(parts.map((key) => [key, partOnTop(base[key] as Mapping, training[key])])),
  };
}

function partOnTop(base: Mapping, given: unknown): unknown {
  const choice = typeof given === 'string' ? { type: given } : given;
  if (!isMapping(choice)) return choice;
  return choice['type'] === undefined || choice['type'] === base['type'] ? { ...base, ...choice } : choice;
}
