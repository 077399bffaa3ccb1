import { defineSchedule, type Schedule } from '@tessera/core';
import { z } from 'zod';
import { linearFactor } from './linear.js';
import { warmupFactor, warmupOptions } from './warmup.js';

const config = z.strictObject({
  factor: z.number().gt(0).lt(1).default(0.5).describe('What the rate is multiplied by when the metric stalls.'),
  patience: z.int().min(0).default(2).describe('Evaluations without improvement that are let pass.'),
  threshold: z.number().min(0).default(1e-4).describe('How much better than the best counts as an improvement.'),
  thresholdMode: z
    .enum(['rel', 'abs'])
    .default('rel')
    .describe('Whether the threshold is a share of the best figure or a difference.'),
  cooldown: z.int().min(0).default(0).describe('Evaluations after a reduction in which nothing is counted.'),
  minimum: z.number().min(0).max(1).default(0).describe('Least factor, as a share of the peak rate.'),
  epsilon: z.number().min(0).default(1e-8).describe('Reductions of the factor up to this are not made.'),
  decay: z
    .enum(['none', 'linear'])
    .default('none')
    .describe('What goes on beside it: `linear` falls to zero at the end of the run, as facebookresearch/mmbt.'),
  ...warmupOptions(0),
});

type PlateauOptions = z.output<typeof config>;

/**
 * Multiplies the rate by `factor` each time the selection metric has not improved for more than `patience` evaluations:
 * torch's ReduceLROnPlateau, with min_lr = minimum · rate and eps = epsilon · rate. On top of a warm-up, or of warm-up
 * and linear decay.
 */
export class Plateau implements Schedule {
  private reduction = 1;
  /** Undefined before the first evaluation. */
  private best: number | undefined;
  private badEvaluations = 0;
  private cooldownLeft = 0;

  constructor(private readonly options: PlateauOptions) {}

  factor(step: number, totalSteps: number): number {
    const { options } = this;
    const base =
      options.decay === 'linear'
        ? linearFactor(step, totalSteps, { ...options, floor: 0 })
        : warmupFactor(step, totalSteps, options);
    return this.reduction * base;
  }

  onMetric(value: number, greaterIsBetter: boolean): void {
    if (this.improves(value, greaterIsBetter)) {
      this.best = value;
      this.badEvaluations = 0;
    } else this.badEvaluations += 1;
    if (this.cooldownLeft > 0) {
      this.cooldownLeft -= 1;
      this.badEvaluations = 0;
    }
    if (this.badEvaluations > this.options.patience) this.reduce();
  }

  private improves(value: number, greaterIsBetter: boolean): boolean {
    const { threshold, thresholdMode } = this.options;
    if (this.best === undefined) return !Number.isNaN(value);
    const sign = greaterIsBetter ? 1 : -1;
    const bar = thresholdMode === 'rel' ? this.best * (1 + sign * threshold) : this.best + sign * threshold;
    return greaterIsBetter ? value > bar : value < bar;
  }

  private reduce(): void {
    const { factor, minimum, epsilon, cooldown } = this.options;
    const reduced = Math.max(this.reduction * factor, minimum);
    if (this.reduction - reduced > epsilon) this.reduction = reduced;
    this.cooldownLeft = cooldown;
    this.badEvaluations = 0;
  }

  state(): Readonly<Record<string, number>> {
    return {
      reduction: this.reduction,
      badEvaluations: this.badEvaluations,
      cooldownLeft: this.cooldownLeft,
      ...(this.best !== undefined && { best: this.best }),
    };
  }

  restore(state: Readonly<Record<string, number>>): void {
    this.reduction = state['reduction'] ?? 1;
    this.badEvaluations = state['badEvaluations'] ?? 0;
    this.cooldownLeft = state['cooldownLeft'] ?? 0;
    this.best = state['best'];
  }
}

/** The schedule `plateau`. */
export const plateau = defineSchedule({
  name: 'plateau',
  summary: 'Reduces the rate when the selection metric stalls.',
  config,
  create: (options) => new Plateau(options),
});
