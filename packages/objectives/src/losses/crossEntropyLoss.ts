// Shapes: B batch, C classes.
import {
  add,
  cast,
  div,
  exp,
  gather,
  log,
  max,
  mul,
  oneHot,
  sub,
  sum,
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
  classWeights: z
    .union([z.literal('auto'), weightsSchema])
    .optional()
    .describe(
      'Weight of each class: a list in label order, a mapping from labels (others count 1), or auto for ' +
        'samples / (classes · frequency), as scikit-learn\'s "balanced".',
    ),
  labelSmoothing: z
    .number()
    .min(0)
    .lt(1)
    .default(0)
    .describe('Share of the target that is spread evenly over all classes.'),
});

/**
 * −Σ_c T_c log softmax(x)_c with T = w · ((1 − ε) · onehot(y) + ε / C), and the weight w_y. The mean over a batch
 * divides by the sum of the targets' weights, with smoothing too: PyTorch's `cross_entropy`.
 */
export class CrossEntropyLoss implements Loss {
  readonly targetKind = 'class-index';
  private readonly numOutputs: number;
  private readonly labelSmoothing: number;
  private readonly classWeights?: OutputWeights;

  constructor({ classWeights, labelSmoothing }: z.output<typeof config>, context: LossContext) {
    this.numOutputs = context.numOutputs;
    this.labelSmoothing = labelSmoothing;
    if (classWeights === 'auto') this.classWeights = OutputWeights.fromCounts(context, 'classWeights', balanced);
    else if (classWeights) this.classWeights = OutputWeights.given(classWeights, context, 'classWeights');
  }

  /** @param targets - [B] int32 class numbers */
  terms(logits: Tensor2D, targets: Tensor): { readonly perSample: Tensor1D; readonly weight: Tensor1D } {
    return tidyRecord(() => {
      const smooth = this.smoothed(cast(oneHot(targets, this.numOutputs), 'float32')); // [B, C]
      const weights = this.classWeights?.tensor();
      if (!weights) return { perSample: this.loss(logits, smooth), weight: equalWeights(logits) };
      return { perSample: this.loss(logits, mul(smooth, weights)), weight: gather(weights, targets) };
    });
  }

  private smoothed(target: Tensor): Tensor {
    const share = this.labelSmoothing;
    return share === 0 ? target : add(mul(target, 1 - share), share / this.numOutputs);
  }

  /** Soft targets [B, C], of any row sums → loss [B]. Gradient: softmax(x) · Σ T − T. */
  private loss(logits: Tensor2D, soft: Tensor): Tensor1D {
    return perSampleLoss(logits, {
      name: 'CrossEntropyLoss',
      numOutputs: this.numOutputs,
      forward: (x) => {
        const shifted = sub(x, max(x, 1, true)); // largest 0: exp cannot overflow
        const powers = exp(shifted);
        const total = sum(powers, 1, true); // [B, 1], at least 1
        return { value: sum(mul(soft, sub(log(total), shifted)), 1), saved: [div(powers, total), soft] };
      },
      gradient: (probabilities, kept) =>
        sub(this.classWeights ? mul(probabilities, sum(kept, 1, true)) : probabilities, kept),
    });
  }
}

const balanced = (count: number, { numSamples, counts }: { numSamples: number; counts: readonly number[] }): number =>
  numSamples / (counts.length * count);

/** The loss `cross-entropy`, for one of several classes. */
export const crossEntropy = defineLoss({
  name: 'cross-entropy',
  summary: 'Cross entropy of a softmax, with class weights and label smoothing as PyTorch has them.',
  config,
  create: (options, _services, context) => new CrossEntropyLoss(options, context),
});
