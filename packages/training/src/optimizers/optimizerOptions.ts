import { z } from 'zod';

/** Options that several optimizers have. */
const beta = z.number().min(0).lt(1);

/** `learningRate` with the optimizer's own default. */
export const learningRateOption = (fallback: number): z.ZodDefault<z.ZodNumber> =>
  z.number().positive().default(fallback).describe('Peak learning rate; the schedule scales it.');

/** Decay rates of Adam's running means. */
export const betasOption = z
  .tuple([beta, beta])
  .default([0.9, 0.999])
  .describe('Decay of the running means of the gradient and of its square.');

/** Adam's epsilon with the optimizer's own default. */
export const epsilonOption = (fallback: number): z.ZodDefault<z.ZodNumber> =>
  z.number().positive().default(fallback).describe('Added to the root of the mean square, outside it.');

/** `weightDecay` with the optimizer's own default and rule. */
export const weightDecayOption = (fallback: number, rule: string): z.ZodDefault<z.ZodNumber> =>
  z
    .number()
    .min(0)
    .default(fallback)
    .describe(`${rule} Biases and normalisation are left out unless a group names them.`);

/** How decay acts on what is learned adaptively, or with momentum. */
export const DECOUPLED = 'Share of the weights, times the learning rate, taken off in each update.';
