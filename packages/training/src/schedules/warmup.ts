// s is the update's number from 0, T the run's number of updates, W the updates of warm-up.
import { z } from 'zod';

/** Options of the warm-up that every schedule has. */
export interface WarmupOptions {
  /** Below 1 a share of the run, from 1 a number of updates. */
  readonly warmup: number;
  readonly warmupFrom: 'zero' | 'first-step';
}

/** Options of the warm-up with the schedule's own default. */
export const warmupOptions = (
  fallback: number,
): {
  warmup: z.ZodDefault<z.ZodNumber>;
  warmupFrom: z.ZodDefault<z.ZodEnum<{ zero: 'zero'; 'first-step': 'first-step' }>>;
} => ({
  warmup: z
    .number()
    .min(0)
    .default(fallback)
    .describe('Length of the linear warm-up: below 1 a share of the run, from 1 a number of updates.'),
  warmupFrom: z
    .enum(['zero', 'first-step'])
    .default('zero')
    .describe(
      '`zero`: s / W for update s (from 0), so that the first update has rate 0, as Hugging Face and BertAdam; ' +
        '`first-step`: (s + 1) / W, so that no update is lost.',
    ),
});

/** W: updates of warm-up, not rounded. */
export const warmupLength = ({ warmup }: WarmupOptions, totalSteps: number): number =>
  warmup < 1 ? warmup * totalSteps : warmup;

/** min(1, s / W), or min(1, (s + 1) / W) from the first step; 1 without warm-up. */
export function warmupFactor(step: number, totalSteps: number, options: WarmupOptions): number {
  const length = warmupLength(options, totalSteps);
  if (length === 0) return 1;
  return Math.min(1, (options.warmupFrom === 'zero' ? step : step + 1) / length);
}

/** (s − W) / (T − W) in [0, 1]: how far the run is behind its warm-up. 1 behind a warm-up longer than the run. */
export function progressAfterWarmup(step: number, totalSteps: number, options: WarmupOptions): number {
  const length = warmupLength(options, totalSteps);
  if (step <= length) return 0;
  if (length >= totalSteps) return 1;
  return Math.min(1, (step - length) / (totalSteps - length));
}

/** Least factor that a schedule decays to. */
export const floorOption = z
  .number()
  .min(0)
  .max(1)
  .default(0)
  .describe('Least factor that the decay reaches, as a share of the peak rate.');
