// Shapes: B batch, C outputs.
import {
  abs,
  add,
  div,
  exp,
  log1p,
  mean,
  mul,
  neg,
  relu,
  sigmoid,
  sub,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { defineLoss, type Loss, type LossContext } from '@tessera/core';
import { tidyRecord } from '@tessera/layers';
import { z } from 'zod';
import { OutputWeights, weightsSchema } from './outputWeights.js';
import { equalWeights, perSampleLoss } from './perSampleLoss.js';

const config = z.strictObject({
  posWeight: z
    .union([z.literal('auto'), weightsSchema])
    .optional()
    .describe(
      'Weight of the positives of each label: a list in label order, a mapping from labels (others count 1), or ' +
        'auto for samples / frequency, as facebookresearch/mmbt.',
    ),
});

/** log(1 + exp(−x)) = log1p(exp(−|x|)) + max(−x, 0), for any finite x. */
export const logOnePlusExpNegative = (x: Tensor): Tensor => add(log1p(exp(neg(abs(x)))), relu(neg(x)));

/**
 * (1 − y) x + (1 + (p − 1) y) log(1 + exp(−x)), mean over the outputs, p the weight of positives: PyTorch's
 * `binary_cross_entropy_with_logits`, whose mean over a batch is that over all elements.
 */
export class BceLoss implements Loss {
  readonly targetKind = 'multi-hot';
  private readonly numOutputs: number;
  private readonly posWeight?: OutputWeights;

  constructor({ posWeight }: z.output<typeof config>, context: LossContext) {
    this.numOutputs = context.numOutputs;
    if (posWeight === 'auto') {
      const inverse = (count: number, { numSamples }: { numSamples: number }): number => numSamples / count;
      this.posWeight = OutputWeights.fromCounts(context, 'posWeight', inverse);
    } else if (posWeight) this.posWeight = OutputWeights.given(posWeight, context, 'posWeight');
  }

  /** @param targets - [B, C] float32 of 0 and 1 */
  terms(logits: Tensor2D, targets: Tensor): { readonly perSample: Tensor1D; readonly weight: Tensor1D } {
    return tidyRecord(() => {
      const weights = this.posWeight?.tensor();
      const perSample = weights ? this.weighted(logits, targets, weights) : this.plain(logits, targets);
      return { perSample, weight: equalWeights(logits) };
    });
  }

  private plain(logits: Tensor2D, targets: Tensor): Tensor1D {
    const { numOutputs } = this;
    return perSampleLoss(logits, {
      name: 'BceLoss',
      numOutputs,
      forward: (x) => ({
        value: mean(add(mul(sub(1, targets), x), logOnePlusExpNegative(x)), 1),
        saved: [x, targets],
      }),
      gradient: (x, y) => div(sub(sigmoid(x), y), numOutputs),
    });
  }

  private weighted(logits: Tensor2D, targets: Tensor, weights: Tensor1D): Tensor1D {
    const { numOutputs } = this;
    return perSampleLoss(logits, {
      name: 'BceLoss',
      numOutputs,
      forward: (x) => {
        const positive = mul(weights, targets);
        const negative = sub(1, targets);
        const elements = add(mul(negative, x), mul(add(positive, negative), logOnePlusExpNegative(x)));
        return { value: mean(elements, 1), saved: [x, positive, negative] };
      },
      gradient: (x, positive, negative) => div(sub(mul(add(positive, negative), sigmoid(x)), positive), numOutputs),
    });
  }
}

/** The loss `bce`, for any number of classes at once. */
export const bce = defineLoss({
  name: 'bce',
  summary: 'Binary cross entropy of a sigmoid for each label, with weights of the positives.',
  config,
  create: (options, _services, context) => new BceLoss(options, context),
});
