import { z } from 'zod';

/** A share of 1. */
const share = z.number().min(0).max(1);
const epochs = z.int().min(0);

/** Options of training that do not depend on the plugins in use; `optimizer` and `schedule` are parsed by their parts. */
export const trainingSchema = z.strictObject({
  epochs: z.int().positive().default(10).describe('Passes over the training split.'),
  batchSize: z.int().positive().default(32).describe('Samples in one forward pass.'),
  evaluationBatchSize: z.int().positive().optional().describe('Samples per pass in evaluation; batchSize if left out.'),
  accumulate: z.int().positive().default(1).describe('Batches whose gradients are averaged into one update.'),
  remainder: z
    .enum(['update', 'discard'])
    .default('update')
    .describe(
      'What becomes of the batches that an epoch leaves over: `update` makes a last update of fewer; `discard` drops them ' +
        'and counts batches through the run, so that the next epoch completes the group, as facebookresearch/mmbt.',
    ),
  clipNorm: z.number().positive().optional().describe('Global gradient norm above which gradients are scaled down.'),
  groups: z
    .array(
      z.strictObject({
        parameters: z.string().describe('Pattern over parameter paths; * stands for any characters.'),
        learningRate: z.number().positive().optional(),
        rateFactor: z
          .number()
          .positive()
          .optional()
          .describe("Times the rate, so that it follows the optimizer's: 0.5 for half of it."),
        weightDecay: z.number().min(0).optional(),
        optional: z.boolean().optional().describe('Whether the pattern may fit nothing; a mistake if left out.'),
      }),
    )
    .default([])
    .describe('Other rates for some parameters; the first pattern that fits counts.'),
  decayBatchNorm: z
    .boolean()
    .default(false)
    .describe("Whether weights of BatchNorm decay at the optimizer's rate; true in facebookresearch/mmbt."),
  freeze: z
    .record(z.string(), epochs)
    .default({})
    .describe("Epochs during which a modality's tower is held fixed, by modality."),
  fixed: z
    .array(z.string())
    .default([])
    .describe('Patterns over parameter paths that are never trained, such as a pretrained word table; * as in groups.'),
  frozenBatchNorm: z
    .enum(['running', 'batch'])
    .default('running')
    .describe('Statistics that BatchNorm uses in a frozen tower; `batch` as in facebookresearch/mmbt.'),
  modalityDropout: z
    .record(z.string(), share)
    .default({})
    .describe('Share of training samples in which a modality is masked out, by modality.'),
  metric: z
    .string()
    .optional()
    .describe(
      'Validation metric that selects the model: "<head>.<metric>" or "loss"; the first head\'s main one if left out.',
    ),
  keep: z
    .enum(['best', 'last'])
    .default('best')
    .describe('Which epoch the run keeps: the best by `metric` or the last.'),
  patience: z.int().positive().optional().describe('Epochs without improvement after which training stops early.'),
  evaluateEvery: z.int().positive().default(1).describe('Epochs between evaluations on the validation split.'),
  compile: z
    .enum(['auto', 'off'])
    .default('auto')
    .describe(
      'Whether whole steps run as captured graphs: `auto` where the backend can, `off` operation by operation.',
    ),
  precision: z
    .enum(['float32', 'bf16-mixed'])
    .default('float32')
    .describe(
      'What training steps compute in: float32, or products and convolutions in bfloat16 with all that is kept in float32 (native TensorFlow on processors with bfloat16). Evaluation and prediction stay in float32.',
    ),
  seed: z.int().min(0).default(1).describe('Seed of initial values, order, augmentation and dropout.'),
});

/** Parsed training options, without optimizer and schedule. */
export type TrainingOptions = z.output<typeof trainingSchema>;
