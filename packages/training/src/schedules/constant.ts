import { defineSchedule } from '@tessera/core';
import { z } from 'zod';
import { warmupFactor, warmupOptions } from './warmup.js';

/** The schedule `constant`: the peak rate, after a warm-up if asked for. */
export const constant = defineSchedule({
  name: 'constant',
  summary: 'The same rate throughout, after a warm-up if asked for.',
  config: z.strictObject(warmupOptions(0)),
  create: (options) => ({ factor: (step, totalSteps) => warmupFactor(step, totalSteps, options) }),
});
