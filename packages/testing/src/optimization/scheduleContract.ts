import type { AnyDefinition, Schedule } from '@tessera/core';
import type { Contract } from '../contract.js';
import { expectEqual, expectFinite, expectThat } from '../expectations.js';
import { createIn, homeOf, type PartSetting } from '../parts/partSetting.js';

/** What {@link scheduleContract} looks at. */
export interface ScheduleSubject {
  readonly schedule: Schedule;
  /** The same schedule as at the start of a run. */
  readonly fresh: Schedule;
  dispose(): void;
}

/** Creates a schedule twice, to compare one that went on with one that is restored. */
export async function scheduleSubject(definition: AnyDefinition, given: PartSetting): Promise<ScheduleSubject> {
  const create = async (): Promise<{ part: Schedule; dispose(): void }> =>
    createIn<Schedule, 'schedule'>(homeOf(definition, given), definition, given, { path: 'training.schedule' });
  const [one, two] = [await create(), await create()];
  const dispose = (): void => {
    one.dispose();
    two.dispose();
  };
  return { schedule: one.part, fresh: two.part, dispose };
}

const lengths = [1, 2, 7, 100];

/** The factors of a run, and of a few steps beyond its end. */
const factorsOf = (schedule: Schedule): number[][] =>
  lengths.map((total) => Array.from({ length: total + 5 }, (_, step) => schedule.factor(step, total)));

/** Figures that first improve and then stall, with an undefined one. */
const figures = [0.2, 0.4, Number.NaN, 0.4, 0.4, 0.4, 0.4, 0.3, 0.3, 0.3, 0.3, 0.3];

/** What every schedule keeps to. */
export const scheduleContract: Contract<ScheduleSubject> = [
  {
    rule: 'stays within 0 and 1, beyond the end and for runs of one step too',
    check: ({ schedule }) => {
      const factors = factorsOf(schedule).flat();
      expectFinite(factors, 'factor');
      const outside = factors.find((factor) => factor < 0 || factor > 1);
      expectThat(outside === undefined, `factor: must be within 0 and 1, got ${outside ?? 0}.`);
    },
  },
  {
    rule: 'comes near its peak in a run',
    check: ({ schedule }) => {
      const peak = Math.max(...Array.from({ length: 100 }, (_, step) => schedule.factor(step, 100)));
      expectThat(peak > 0.5, `factor: must come near 1 in a run of 100 steps, got at most ${peak}.`);
    },
  },
  {
    rule: 'depends on step and metrics alone, whatever was asked before',
    check: ({ schedule, fresh }) => {
      const backwards = [...lengths].reverse().map((total) => {
        const steps = Array.from({ length: total + 5 }, (_, step) => total + 4 - step);
        return steps.map((step) => schedule.factor(step, total)).reverse();
      });
      expectEqual(backwards.reverse(), factorsOf(fresh), 'factors asked for backwards');
    },
  },
  {
    rule: 'has a state if it follows a metric, and can restore it',
    check: ({ schedule }) => {
      expectEqual(
        schedule.state === undefined,
        schedule.restore === undefined,
        'whether state and restore are missing',
      );
      const follows = schedule.onMetric !== undefined;
      expectThat(!follows || schedule.state !== undefined, 'a schedule that follows a metric needs state and restore.');
    },
  },
  {
    rule: 'goes on from a saved state as if it had not stopped',
    check: ({ schedule, fresh }) => {
      for (const stop of [0, 1, 5, 9]) {
        const saved = follow(schedule, figures.slice(0, stop));
        fresh.restore?.(saved ?? {});
        const [first, second] = [schedule, fresh].map((one) =>
          figures.slice(stop).map((figure) => {
            one.onMetric?.(figure, true);
            return factorsOf(one);
          }),
        );
        expectEqual(second, first, `factors after a stop behind ${stop} evaluations`);
      }
    },
  },
];

/** Tells a schedule some figures; its state as a file holds it. */
function follow(schedule: Schedule, seen: readonly number[]): Readonly<Record<string, number>> | undefined {
  for (const figure of seen) schedule.onMetric?.(figure, true);
  const state = schedule.state?.();
  expectFinite(Object.values(state ?? {}), 'state');
  return state && (JSON.parse(JSON.stringify(state)) as Record<string, number>);
}
