// Lin et al., "Focal Loss for Dense Object Detection", arXiv 1708.02002, for a softmax over classes or a sigmoid for each
// label. Shapes: B batch, C classes or labels.
import { defineLoss, SpecError, type Loss, type LossContext } from '@tessera/core';
import { z } from 'zod';
import { OutputWeights, weightsSchema } from './outputWeights.js';
import { SigmoidFocalLoss } from './sigmoidFocalLoss.js';
import { SoftmaxFocalLoss } from './softmaxFocalLoss.js';

const config = z.strictObject({
  gamma: z.number().min(0).default(2).describe('How much samples that are predicted well are played down; 0: not.'),
  alpha: z
    .union([z.number().min(0), weightsSchema])
    .optional()
    .describe(
      'One class of several: factor on the loss of each class. Labels for themselves: weight of positives, at most 1; ' +
        'negatives get 1 - alpha. One number for all, a list in label order, or a mapping from labels.',
    ),
});

function createFocalLoss({ gamma, alpha }: z.output<typeof config>, context: LossContext): Loss {
  const { numOutputs, targetKind } = context;
  const weights = typeof alpha === 'number' ? new Array<number>(numOutputs).fill(alpha) : alpha;
  const options = { gamma, numOutputs, ...(weights && { alpha: OutputWeights.given(weights, context, 'alpha') }) };
  if (targetKind === 'class-index') return new SoftmaxFocalLoss(options);
  const above = Object.values(weights ?? []).find((weight) => weight > 1);
  if (above !== undefined) {
    const message = `must be at most 1 for labels that stand for themselves, where negatives get 1 - alpha, got ${above}.`;
    throw new SpecError([{ path: `${context.path}.alpha`, message: `${message} Use 0.25, as the paper.` }]);
  }
  return new SigmoidFocalLoss(options);
}

/** The loss `focal`, for one of several classes or any number of labels, as the head has it. */
export const focal = defineLoss({
  name: 'focal',
  summary: 'Focal loss: cross entropy in which samples that are predicted well count less.',
  config,
  create: (options, _services, context) => createFocalLoss(options, context),
});
