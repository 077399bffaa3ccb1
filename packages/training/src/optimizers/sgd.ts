import { add, mul, sub, type Tensor } from '@tensorflow/tfjs-core';
import { defineOptimizer, type Optimizer, type UpdateInput, type UpdateResult } from '@tessera/core';
import { tidyRecord } from '@tessera/layers';
import { z } from 'zod';
import { learningRateOption, weightDecayOption } from './optimizerOptions.js';

const config = z
  .strictObject({
    learningRate: learningRateOption(0.01),
    momentum: z.number().min(0).lt(1).default(0).describe('Share of the former step that is kept.'),
    nesterov: z.boolean().default(false).describe('Looks one momentum step ahead; needs momentum.'),
    dampening: z.number().min(0).lt(1).default(0).describe('Share of the gradient kept out of the momentum.'),
    weightDecay: weightDecayOption(0, 'Share of the weights taken off in each update, as `decay` says.'),
    decay: z
      .enum(['decoupled', 'l2'])
      .default('decoupled')
      .describe('`decoupled`: off the weights, times the learning rate; `l2`: into the gradient, as PyTorch.'),
  })
  .refine(({ nesterov, momentum, dampening }) => !nesterov || (momentum > 0 && dampening === 0), {
    path: ['nesterov'],
    message: 'needs momentum above 0 and no dampening',
  });

/**
 * Stochastic gradient descent: b ← μ b + (1 − dampening) g (at first b = g), p ← p − lr b, or lr (g + μ b) with nesterov.
 * Source: torch.optim.SGD, whose decay is the one named `l2`.
 */
export class Sgd implements Optimizer {
  readonly slots: readonly string[];
  readonly scheduleBy = 'run';
  readonly learningRate: number;
  readonly weightDecay: number;

  constructor(private readonly options: z.output<typeof config>) {
    this.learningRate = options.learningRate;
    this.weightDecay = options.weightDecay;
    this.slots = options.momentum > 0 ? ['momentum'] : [];
  }

  stepScalars(updates: number): Readonly<Record<string, number>> {
    const { momentum, dampening } = this.options;
    return momentum > 0 && dampening > 0 ? { share: updates === 1 ? 1 : 1 - dampening } : {};
  }

  update(input: UpdateInput): UpdateResult {
    const { parameter, learningRate, weightDecay } = input;
    const decoupled = this.options.decay === 'decoupled' && weightDecay > 0;
    return tidyRecord(() => {
      const gradient = this.gradient(input);
      const momentum = this.momentum(input, gradient);
      const start = decoupled ? mul(parameter, sub(1, mul(learningRate, weightDecay))) : parameter;
      const next = sub(start, mul(this.direction(gradient, momentum), learningRate));
      const slots: Record<string, Tensor> = momentum ? { momentum } : {};
      return { parameter: next, slots };
    });
  }

  /** The gradient, scaled and with decay of the kind `l2`. */
  private gradient({ parameter, gradient, gradientScale, weightDecay }: UpdateInput): Tensor {
    const scaled = gradientScale ? mul(gradient, gradientScale) : gradient;
    return this.options.decay === 'l2' && weightDecay > 0 ? add(scaled, mul(parameter, weightDecay)) : scaled;
  }

  private momentum({ slots, scalars }: UpdateInput, gradient: Tensor): Tensor | undefined {
    const { momentum: kept } = slots;
    if (!kept) return undefined;
    return add(mul(kept, this.options.momentum), scalars['share'] ? mul(gradient, scalars['share']) : gradient);
  }

  private direction(gradient: Tensor, momentum: Tensor | undefined): Tensor {
    if (!momentum) return gradient;
    return this.options.nesterov ? add(gradient, mul(momentum, this.options.momentum)) : momentum;
  }
}

/** The optimizer `sgd`. */
export const sgd = defineOptimizer({
  name: 'sgd',
  summary: 'Stochastic gradient descent with momentum.',
  config,
  create: (options) => new Sgd(options),
});
