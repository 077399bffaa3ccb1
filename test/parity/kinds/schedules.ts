// The kind `schedules`: registered schedules at every step, relative to the base rate.
import type { Schedule } from '@tessera/core';
import type { Check } from '../records.js';
import { createTrainingPart } from '../trainingParts.js';
import { commonKeys, requireKind, requireKnownKeys, summarize, type Summary } from '../understood.js';

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

interface SchedulesFixture {
  readonly tolerance: number;
  readonly base_lr: number;
  readonly steps: number;
  readonly warmup_steps: number;
  readonly reduce_on_plateau?: Readonly<Record<string, PlateauRun>>;
}

/** A curve's schedule, and the length of the run it is drawn over. */
interface CurveSchedule {
  readonly type: string;
  readonly options: (fixture: SchedulesFixture, curve: Curve) => Record<string, unknown>;
  readonly totalSteps: (fixture: SchedulesFixture, curve: Curve) => number;
  /** Keys of the curve beside `formula` and `lr`. */
  readonly keys: readonly string[];
}

const steps = ({ steps: total }: SchedulesFixture): number => total;
const warmup = ({ warmup_steps: length }: SchedulesFixture): Record<string, unknown> => ({
  warmup: length,
  warmupFrom: 'zero',
});

const curves: Readonly<Record<string, CurveSchedule>> = {
  linear_warmup_linear_decay: { type: 'linear', options: warmup, totalSteps: steps, keys: [] },
  linear_warmup_cosine_decay: { type: 'cosine', options: warmup, totalSteps: steps, keys: [] },
  cosine_annealing: {
    type: 'cosine-annealing',
    options: ({ base_lr: rate }, { T_max: period, eta_min: least = 0 }) => ({ period, floor: least / rate }),
    totalSteps: steps,
    keys: ['T_max', 'eta_min'],
  },
  bert_adam_warmup_linear: {
    type: 'warmup-linear',
    options: (_, { warmup: share }) => ({ warmup: share }),
    totalSteps: (fixture, { t_total: total }) => total ?? fixture.steps,
    keys: ['warmup', 't_total'],
  },
};

/** Compares the rates of every schedule. */
export async function schedulesChecks(given: unknown): Promise<Check[]> {
  requireKind(given, 'schedules');
  const fixture = given as SchedulesFixture & Readonly<Record<string, unknown>>;
  const known = ['base_lr', 'steps', 'warmup_steps', 'reduce_on_plateau', ...Object.keys(curves)];
  requireKnownKeys(fixture, [...commonKeys, ...known], 'schedules');
  const { base_lr: rate, tolerance } = fixture;
  const checks: Check[] = [];
  for (const [what, { type, options, totalSteps, keys }] of Object.entries(curves)) {
    const curve = fixture[what] as Curve | undefined;
    if (!curve) continue;
    requireKnownKeys(curve, ['formula', 'lr', ...keys], what);
    const schedule = createTrainingPart<Schedule>('schedule', type, options(fixture, curve));
    const got = curve.lr.map((_, step) => rate * schedule.factor(step, totalSteps(fixture, curve)));
    checks.push({ what, error: rateError(got, curve.lr, rate), tolerance });
  }
  for (const [name, run] of Object.entries(fixture.reduce_on_plateau ?? {})) {
    const what = `reduce_on_plateau ${name}`;
    requireKnownKeys(run, ['settings', 'metric', 'lr_after_each_metric'], what);
    checks.push({
      what,
      error: rateError(followMetric(run, what), run.lr_after_each_metric, run.settings.lr),
      tolerance,
    });
  }
  return checks;
}

/** The worst error of a `schedules` file. */
export const checkSchedules = async (fixture: unknown): Promise<Summary> =>
  summarize('schedules', await schedulesChecks(fixture));

/** The rate after each figure; halfway the schedule is saved and another one goes on from its state. */
function followMetric({ settings, metric }: PlateauRun, where: string): number[] {
  const { factor, patience, threshold, cooldown, mode, lr } = settings;
  const { threshold_mode: thresholdMode, min_lr: least, eps } = settings;
  const known = ['factor', 'patience', 'threshold', 'threshold_mode', 'cooldown', 'min_lr', 'eps', 'mode', 'lr'];
  requireKnownKeys(settings, known, where);
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
