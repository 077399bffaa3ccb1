// Shapes: B batch, C values.
import { mean, mul, square, sub, type Tensor, type Tensor1D, type Tensor2D } from '@tensorflow/tfjs-core';
import { defineLoss, type Loss, type LossContext } from '@tessera/core';
import { tidyRecord } from '@tessera/layers';
import { z } from 'zod';
import { equalWeights, perSampleLoss } from './perSampleLoss.js';

/** (x − y)², mean over the values: PyTorch's `mse_loss`. */
export class MseLoss implements Loss {
  readonly targetKind = 'real';

  constructor(private readonly numOutputs: number) {}

  /** @param targets - [B, C] float32 */
  terms(logits: Tensor2D, targets: Tensor): { readonly perSample: Tensor1D; readonly weight: Tensor1D } {
    const { numOutputs } = this;
    return tidyRecord(() => ({
      perSample: perSampleLoss(logits, {
        name: 'MseLoss',
        numOutputs,
        forward: (x) => {
          const difference = sub(x, targets);
          return { value: mean(square(difference), 1), saved: [difference] };
        },
        gradient: (difference) => mul(difference, 2 / numOutputs),
      }),
      weight: equalWeights(logits),
    }));
  }
}

/** The loss `mse`, for real numbers. */
export const mse = defineLoss({
  name: 'mse',
  summary: 'Mean squared error.',
  config: z.strictObject({}),
  create: (_options, _services, { numOutputs }: LossContext) => new MseLoss(numOutputs),
});
