// The kind `schedules`: registered schedules. Compared: the rate at every step, or after every figure of a metric,
// relative to the base rate.
import type { Schedule } from '@tessera/core';
import type { Check } from '../records.js';
import { createTrainingPart } from '../trainingParts.js';

interface Curve {
  readonly lr: readonly number[];
  readonly warmup?: number;
  readonly t_total?: number;
  readonly T_max?: number;
  readonly eta_min?: number;
}

interface PlateauRun {
  readonly settings: {
    readonly factor: number;
    readonly patience: number;
    readonly threshold: number;
    readonly threshold_mode: string;
    readonly cooldown: number;
    readonly min_lr: number;
    readonly eps: number;
    readonly mode: string;
    readonly lr: number;
  };
  readonly metric: readonly number[];
  readonly lr_after_each_metric: readonly number[];
}

/** Base rate, length and warm-up of the curves that have none of their own. */
interface Common {
  readonly base_lr: number;
  readonly steps: number;
  readonly warmup_steps: number;
}

/** A file of this kind. */
export interface SchedulesFixture extends Common, Readonly<Record<string, unknown>> {
  readonly tolerance: number;
  readonly reduce_on_plateau?: Readonly<Record<string, PlateauRun>>;
}

/** A curve's schedule, and the length of the run it is drawn over. */
interface CurveSchedule {
  readonly type: string;
  readonly options: (common: Common, curve: Curve) => Record<string, unknown>;
  readonly totalSteps: (common: Common, curve: Curve) => number;
}

const steps = ({ steps: total }: Common): number => total;
const warmup = ({ warmup_steps: length }: Common): Record<string, unknown> => ({
  warmup: length,
  warmupFrom: 'zero',
});

const curves: Readonly<Record<string, CurveSchedule>> = {
  linear_warmup_linear_decay: { type: 'linear', options: warmup, totalSteps: steps },
  linear_warmup_cosine_decay: { type: 'cosine', options: warmup, totalSteps: steps },
  cosine_annealing: {
    type: 'cosine-annealing',
    options: ({ base_lr: rate }, { T_max: period, eta_min: least = 0 }) => ({ period, floor: least / rate }),
    totalSteps: steps,
  },
  bert_adam_warmup_linear: {
    type: 'warmup-linear',
    options: (_, { warmup: share }) => ({ warmup: share }),
    totalSteps: (common, { t_total: total }) => total ?? common.steps,
  },
};

/** Compares the rates of every schedule. */
export function schedulesChecks(fixture: SchedulesFixture): Check[] {
  const { base_lr, steps: length, warmup_steps, tolerance } = fixture;
  const common = { base_lr, steps: length, warmup_steps };
  const curveChecks = Object.entries(curves).flatMap(([what, { type, options, totalSteps }]) => {
    const curve = fixture[what] as Curve | undefined;
    if (!curve) return [];
    const schedule = createTrainingPart<Schedule>('schedule', type, options(common, curve));
    const got = curve.lr.map((_, step) => base_lr * schedule.factor(step, totalSteps(common, curve)));
    return [{ what, error: rateError(got, curve.lr, base_lr), tolerance }];
  });
  const plateauChecks = Object.entries(fixture.reduce_on_plateau ?? {}).map(([name, run]) => {
    const what = `reduce_on_plateau ${name}`;
    return { what, error: rateError(followMetric(run, what), run.lr_after_each_metric, run.settings.lr), tolerance };
  });
  return [...curveChecks, ...plateauChecks];
}

/** The rate after each figure; halfway the schedule is saved and another one goes on from its state. */
function followMetric({ settings, metric }: PlateauRun, where: string): number[] {
  const { factor, patience, threshold, cooldown, mode, lr } = settings;
  const { threshold_mode: thresholdMode, min_lr: least, eps } = settings;
  if (mode !== 'min' && mode !== 'max') throw new Error(`${where}: not understood: mode "${mode}".`);
  const options = { factor, patience, threshold, thresholdMode, cooldown, minimum: least / lr, epsilon: eps / lr };
  const create = (): Schedule => createTrainingPart<Schedule>('schedule', 'plateau', options);
  let schedule = create();
  return metric.map((value, i) => {
    if (i === Math.floor(metric.length / 2)) schedule = resumed(schedule, create());
    schedule.onMetric?.(value, mode === 'max');
    return lr * schedule.factor(0, 1);
  });
}

/** `fresh` with the state of `before`, by way of JSON as in a checkpoint. */
function resumed(before: Schedule, fresh: Schedule): Schedule {
  fresh.restore?.(JSON.parse(JSON.stringify(before.state?.())) as Record<string, number>);
  return fresh;
}

/** Largest difference relative to the base rate. */
export function rateError(got: readonly number[], want: readonly number[], rate: number): number {
  if (got.length !== want.length) return Infinity;
  const errors = want.map((value, i) => Math.abs((got[i] ?? NaN) - value) / rate);
  return errors.reduce((worst, error) => (error <= worst ? worst : error), 0);
}
