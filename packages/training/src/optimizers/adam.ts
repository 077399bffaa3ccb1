import { add, mul } from '@tensorflow/tfjs-core';
import { defineOptimizer, type Optimizer, type UpdateInput, type UpdateResult } from '@tessera/core';
import { adamWUpdate, tidyRecord } from '@tessera/layers';
import { z } from 'zod';
import { adamSlots, adamState, biasCorrections } from './adamState.js';
import { betasOption, epsilonOption, learningRateOption, weightDecayOption } from './optimizerOptions.js';

const config = z.strictObject({
  learningRate: learningRateOption(1e-3),
  betas: betasOption,
  epsilon: epsilonOption(1e-8),
  weightDecay: weightDecayOption(0, 'Share of the weights added to the gradient (L2); use adamw for decoupled decay.'),
});

/** Adam with bias correction, decay added to the gradient. Source: Kingma and Ba, arXiv 1412.6980; torch.optim.Adam. */
export class Adam implements Optimizer {
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
    const { parameter, learningRate, gradientScale, weightDecay } = input;
    const { betas, epsilon } = this.options;
    return tidyRecord(() => {
      const scaled = gradientScale ? mul(input.gradient, gradientScale) : input.gradient;
      const { parameter: next, ...slots } = adamWUpdate({
        parameter,
        gradient: weightDecay === 0 ? scaled : add(scaled, mul(parameter, weightDecay)),
        ...adamState(input),
        learningRate,
        beta1: betas[0],
        beta2: betas[1],
        epsilon,
        weightDecay: 0,
      });
      return { parameter: next, slots };
    });
  }
}

/** The optimizer `adam`. */
export const adam = defineOptimizer({
  name: 'adam',
  summary: 'Adam, with weight decay in the gradient, as PyTorch.',
  config,
  create: (options) => new Adam(options),
});
