import { defineOptimizer, type Optimizer, type UpdateInput, type UpdateResult } from '@tessera/core';
import { adamWUpdate } from '@tessera/layers';
import { z } from 'zod';
import { adamSlots, adamState, biasCorrections } from './adamState.js';
import { betasOption, DECOUPLED, epsilonOption, learningRateOption, weightDecayOption } from './optimizerOptions.js';

const config = z.strictObject({
  learningRate: learningRateOption(1e-4),
  betas: betasOption,
  epsilon: epsilonOption(1e-8),
  weightDecay: weightDecayOption(0.01, DECOUPLED),
});

/**
 * Adam with decoupled decay and bias correction: p ← p (1 − lr·wd) − lr/(1−β₁ᵗ) · m / (√v/√(1−β₂ᵗ) + ε).
 * Source: Loshchilov and Hutter, arXiv 1711.05101, in the order of operations of torch.optim.AdamW.
 */
export class AdamW implements Optimizer {
  readonly slots = adamSlots;
  readonly scheduleBy = 'run';
  readonly learningRate: number;
  readonly weightDecay: number;

  constructor(private readonly options: z.output<typeof config>) {
    this.learningRate = options.learningRate;
    this.weightDecay = options.weightDecay;
  }

  stepScalars(updates: number): Readonly<Record<string, number>> {
    return biasCorrections(this.options.betas, updates);
  }

  update(input: UpdateInput): UpdateResult {
    const { parameter, gradient, learningRate, gradientScale, weightDecay } = input;
    const { betas, epsilon } = this.options;
    const { parameter: next, ...slots } = adamWUpdate({
      parameter,
      gradient,
      ...adamState(input),
      learningRate,
      ...(gradientScale && { gradientScale }),
      beta1: betas[0],
      beta2: betas[1],
      epsilon,
      weightDecay,
    });
    return { parameter: next, slots };
  }
}

/** The optimizer `adamw`. */
export const adamW = defineOptimizer({
  name: 'adamw',
  summary: 'Adam with decoupled weight decay, as PyTorch.',
  config,
  create: (options) => new AdamW(options),
});
