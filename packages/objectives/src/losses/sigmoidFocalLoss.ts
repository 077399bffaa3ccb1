// Shapes: B batch, C labels.
import {
  add,
  div,
  maximum,
  mean,
  mul,
  neg,
  ones,
  pow,
  sigmoid,
  sub,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import type { Loss } from '@tessera/core';
import { tidyRecord } from '@tessera/layers';
import { logOnePlusExpNegative } from './bceLoss.js';
import { equalWeights, perSampleLoss } from './perSampleLoss.js';
import type { FocalOptions } from './softmaxFocalLoss.js';

const SMALLEST = 1e-30;

/**
 * α_t (1 − p_t)^γ BCE, mean over the labels: p_t is the probability of what is true, α_t is α for positives and 1 − α for
 * negatives. With u = ±x (plus for positives), 1 − p_t = sigmoid(−u) and BCE = log(1 + exp(−u)).
 */
export class SigmoidFocalLoss implements Loss {
  readonly targetKind = 'multi-hot';

  constructor(private readonly options: FocalOptions) {}

  /** @param targets - [B, C] float32 of 0 and 1 */
  terms(logits: Tensor2D, targets: Tensor): { readonly perSample: Tensor1D; readonly weight: Tensor1D } {
    return tidyRecord(() => ({
      perSample: this.loss(logits, targets),
      weight: equalWeights(logits),
    }));
  }

  /** Gradient: −s α_t q^γ (γ (1 − q) BCE + q) with q = sigmoid(−u) and s = ±1. */
  private loss(logits: Tensor2D, targets: Tensor): Tensor1D {
    const { numOutputs, gamma } = this.options;
    const signs = sub(mul(targets, 2), 1); // [B, C], 1 or -1
    const balance = this.balance(targets, signs);
    return perSampleLoss(logits, {
      name: 'SigmoidFocalLoss',
      numOutputs,
      forward: (x) => {
        const u = mul(x, signs);
        const missing = sigmoid(neg(u)); // 1 - p_t
        const entropy = logOnePlusExpNegative(u);
        const focus = mul(balance, pow(maximum(missing, SMALLEST), gamma));
        return { value: mean(mul(focus, entropy), 1), saved: [signs, missing, entropy, focus] };
      },
      gradient: (kept, missing, entropy, focus) => {
        const slope = add(mul(mul(sub(1, missing), gamma), entropy), missing);
        return div(mul(mul(kept, focus), slope), -numOutputs);
      },
    });
  }

  /** α_t [B, C], or 1 without alpha: α for positives, 1 − α for negatives. */
  private balance(targets: Tensor, signs: Tensor): Tensor {
    const alpha = this.options.alpha?.tensor();
    return alpha ? add(mul(alpha, signs), sub(1, targets)) : ones([1]);
  }
}
