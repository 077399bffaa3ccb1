import { defineSchedule } from '@tessera/core';
import { z } from 'zod';
import { floorOption, progressAfterWarmup, warmupFactor, warmupOptions, type WarmupOptions } from './warmup.js';

/** Options of {@link linearFactor}. */
export interface LinearOptions extends WarmupOptions {
  readonly floor: number;
}

/**
 * min(1, s / W) · max(floor, 1 − max(0, s − W) / (T − W)), with (s + 1) / W for `warmupFrom: first-step`. With the
 * defaults it is `get_linear_schedule_with_warmup` of Hugging Face's transformers.
 */
export const linearFactor = (step: number, totalSteps: number, options: LinearOptions): number =>
  warmupFactor(step, totalSteps, options) * Math.max(options.floor, 1 - progressAfterWarmup(step, totalSteps, options));

/** The schedule `linear`. */
export const linear = defineSchedule({
  name: 'linear',
  summary: 'Linear warm-up, then linear decay to the floor at the end of the run.',
  config: z.strictObject({ ...warmupOptions(0.1), floor: floorOption }),
  create: (options) => ({ factor: (step, totalSteps) => linearFactor(step, totalSteps, options) }),
});

/** The schedule `warmup-linear`: BertAdam's, which is {@link linear} from zero down to zero. */
export const warmupLinear = defineSchedule({
  name: 'warmup-linear',
  summary: "BertAdam's: linear warm-up from zero, then linear decay to zero.",
  config: z.strictObject({ warmup: warmupOptions(0.1).warmup }),
  create: ({ warmup }) => ({
    factor: (step, totalSteps) => linearFactor(step, totalSteps, { warmup, warmupFrom: 'zero', floor: 0 }),
  }),
});
