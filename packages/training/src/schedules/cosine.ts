import { defineSchedule } from '@tessera/core';
import { z } from 'zod';
import { floorOption, progressAfterWarmup, warmupFactor, warmupLength, warmupOptions } from './warmup.js';

/** floor + (1 − floor) (1 + cos(π x)) / 2: from 1 at x = 0 to the floor at x = 1. */
const halfCosine = (x: number, floor: number): number => floor + ((1 - floor) * (1 + Math.cos(Math.PI * x))) / 2;

/**
 * The schedule `cosine`: min(1, s / W) · (floor + (1 − floor) (1 + cos(π (s − W) / (T − W))) / 2). Without floor it is
 * `get_cosine_schedule_with_warmup` of Hugging Face's transformers with half a cycle.
 */
export const cosine = defineSchedule({
  name: 'cosine',
  summary: 'Linear warm-up, then half a cosine down to the floor at the end of the run.',
  config: z.strictObject({ ...warmupOptions(0.1), floor: floorOption }),
  create: (options) => ({
    factor: (step, totalSteps) =>
      warmupFactor(step, totalSteps, options) *
      halfCosine(progressAfterWarmup(step, totalSteps, options), options.floor),
  }),
});

/**
 * The schedule `cosine-annealing`: floor + (1 − floor) (1 + cos(π s / P)) / 2, s counting from the end of the warm-up,
 * and on past the period P, where the rate rises again. Source: torch's CosineAnnealingLR, with T_max = P and
 * eta_min = floor · rate.
 */
export const cosineAnnealing = defineSchedule({
  name: 'cosine-annealing',
  summary: 'Cosine between the peak rate and the floor, over and over.',
  config: z.strictObject({
    ...warmupOptions(0),
    floor: floorOption,
    period: z
      .number()
      .positive()
      .optional()
      .describe('Updates from the peak to the floor, below 1 a share of the run; all after warm-up if left out.'),
  }),
  create: ({ period, floor, ...options }) => ({
    factor: (step, totalSteps) => {
      const warmup = warmupLength(options, totalSteps);
      const given = period !== undefined && period < 1 ? period * totalSteps : period;
      const x = Math.max(0, step - warmup) / (given ?? Math.max(1, totalSteps - warmup));
      return warmupFactor(step, totalSteps, options) * halfCosine(x, floor);
    },
  }),
});
