// Shapes: B batch, C classes.
import {
  cast,
  div,
  exp,
  gather,
  log,
  max,
  maximum,
  mul,
  neg,
  oneHot,
  pow,
  sub,
  sum,
  tidy,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import type { Loss } from '@tessera/core';
import { tidyRecord } from '@tessera/layers';
import type { OutputWeights } from './outputWeights.js';
import { equalWeights, perSampleLoss } from './perSampleLoss.js';

/** Options of the focal losses. */
export interface FocalOptions {
  readonly numOutputs: number;
  readonly gamma: number;
  readonly alpha?: OutputWeights;
}

/** Below it a probability counts as this, so that no power of it is taken at 0. */
const SMALLEST = 1e-30;

/**
 * −α_y (1 − p_y)^γ log p_y with p = softmax(x); every sample counts 1. 1 − p_y is the sum of the other probabilities,
 * which stays exact where p_y is near 1.
 */
export class SoftmaxFocalLoss implements Loss {
  readonly targetKind = 'class-index';

  constructor(private readonly options: FocalOptions) {}

  /** @param targets - [B] int32 class numbers */
  terms(logits: Tensor2D, targets: Tensor): { readonly perSample: Tensor1D; readonly weight: Tensor1D } {
    return tidyRecord(() => {
      const hot = cast(oneHot(targets, this.options.numOutputs), 'float32'); // [B, C]
      const focal = this.loss(logits, hot);
      const alpha = this.options.alpha?.tensor();
      const perSample = alpha ? mul<Tensor1D>(focal, gather(alpha, targets)) : focal;
      return { perSample, weight: equalWeights(logits) };
    });
  }

  /** Gradient, with q = 1 − p_y: (q^γ − γ p_y q^(γ−1) log p_y) · (p − onehot(y)). */
  private loss(logits: Tensor2D, hot: Tensor): Tensor1D {
    const { numOutputs, gamma } = this.options;
    return perSampleLoss(logits, {
      name: 'SoftmaxFocalLoss',
      numOutputs,
      forward: (x) => {
        const { probabilities, logTarget } = softmaxParts(x, hot);
        const others = maximum(sum(mul(probabilities, sub(1, hot)), 1, true), SMALLEST); // [B, 1]
        const focus = pow(others, gamma); // [B, 1]
        const value = sum(neg(mul(focus, logTarget)), 1);
        return { value, saved: [probabilities, hot, logTarget, others, focus] };
      },
      gradient: (probabilities, kept, logTarget, others, focus) => {
        const target = sum(mul(probabilities, kept), 1, true);
        const slope = mul(mul(mul(target, gamma), div(focus, others)), logTarget);
        return mul(sub(focus, slope), sub(probabilities, kept));
      },
    });
  }
}

/** Softmax [B, C] of the logits, and the logarithm [B, 1] of the target's probability. */
function softmaxParts(logits: Tensor2D, hot: Tensor): { probabilities: Tensor; logTarget: Tensor } {
  return tidyRecord(() => {
    const shifted = sub(logits, max(logits, 1, true));
    const powers = exp(shifted);
    const total = sum(powers, 1, true); // [B, 1], at least 1
    return {
      probabilities: div(powers, total),
      logTarget: tidy(() => sub(sum(mul(shifted, hot), 1, true), log(total))),
    };
  });
}
