import { add, div, minimum, mul, sqrt, type Scalar } from '@tensorflow/tfjs-core';
import { defineOptimizer, type Optimizer, type UpdateInput, type UpdateResult } from '@tessera/core';
import { adamWUpdate, sumOfSquares, tidyRecord } from '@tessera/layers';
import { z } from 'zod';
import { adamSlots, adamState } from './adamState.js';
import { betasOption, DECOUPLED, epsilonOption, learningRateOption, weightDecayOption } from './optimizerOptions.js';

const config = z.strictObject({
  learningRate: learningRateOption(1e-4),
  betas: betasOption,
  epsilon: epsilonOption(1e-6),
  weightDecay: weightDecayOption(0.01, DECOUPLED),
  clipNorm: z
    .number()
    .positive()
    .nullable()
    .default(1)
    .describe("Norm above which a parameter's own gradient is scaled down to it; null for no clipping."),
});

/**
 * Adam without bias correction, with decoupled decay, each parameter's gradient clipped by its own norm and scheduled by
 * its own count of updates, so that a tower unfrozen later starts its own warm-up then. Source: BertAdam of
 * pytorch-pretrained-bert 0.6, which facebookresearch/mmbt trains with; go with the schedule `warmup-linear`.
 */
export class BertAdam implements Optimizer {
  readonly slots = adamSlots;
  readonly scheduleBy = 'parameter';
  readonly learningRate: number;
  readonly weightDecay: number;

  constructor(private readonly options: z.output<typeof config>) {
    this.learningRate = options.learningRate;
    this.weightDecay = options.weightDecay;
  }

  stepScalars(): Readonly<Record<string, number>> {
    return { biasCorrection1: 1, biasCorrection2: 1 };
  }

  update(input: UpdateInput): UpdateResult {
    const { parameter, gradient, learningRate, weightDecay } = input;
    const { betas, epsilon } = this.options;
    return tidyRecord(() => {
      const gradientScale = this.gradientScale(input);
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
    });
  }

  /** min(1, clipNorm / (norm + 1e-6)), after the run's own scale if there is one. */
  private gradientScale({ gradient, gradientScale }: UpdateInput): Scalar | undefined {
    const { clipNorm } = this.options;
    if (clipNorm === null) return gradientScale;
    const ownNorm = sqrt(sumOfSquares(gradient));
    const norm = gradientScale ? mul(ownNorm, gradientScale) : ownNorm;
    const clip = minimum<Scalar>(1, div(clipNorm, add(norm, 1e-6)));
    return gradientScale ? mul(clip, gradientScale) : clip;
  }
}

/** The optimizer `bert-adam`. */
export const bertAdam = defineOptimizer({
  name: 'bert-adam',
  summary: "facebookresearch/mmbt's: Adam without bias correction, each parameter clipped and scheduled by itself.",
  config,
  create: (options) => new BertAdam(options),
});
