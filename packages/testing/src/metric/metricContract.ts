import type { AnyDefinition, EvaluationTable, Metric, TargetKind } from '@tessera/core';
import type { Contract } from '../contract.js';
import { ContractError, expectAgree, expectSame, expectThat } from '../expectations.js';
import { createIn, homeOf, type PartSetting } from '../parts/partSetting.js';
import { poorTables, randomTable, reordered, rightTable, wrongTable } from './metricTables.js';

/** What {@link metricContract} looks at. */
export interface MetricSubject {
  readonly metric: Metric;
  dispose(): void;
}

/** Creates a metric. */
export async function metricSubject(definition: AnyDefinition, given: PartSetting): Promise<MetricSubject> {
  const home = homeOf(definition, given);
  const created = await createIn<Metric, 'metric'>(home, definition, given, { path: 'heads.contract.metrics' });
  return { metric: created.part, dispose: created.dispose };
}

/** A rule for each kind of target that a metric is for. */
const forEachKind =
  (check: (metric: Metric, kind: TargetKind) => void) =>
  ({ metric }: MetricSubject): void => {
    for (const kind of metric.targetKinds) check(metric, kind);
  };

/** Throws ContractError where the metric throws. */
function computeSafely(metric: Metric, table: EvaluationTable): number {
  try {
    return metric.compute(table);
  } catch (error) {
    const { numSamples } = table;
    throw new ContractError(
      `compute: must give NaN where it is undefined, got ${String(error)} for ${numSamples} samples.`,
    );
  }
}

/** What every metric keeps to. */
export const metricContract: Contract<MetricSubject> = [
  {
    rule: 'says which targets it is for',
    check: ({ metric }) => {
      expectThat(metric.targetKinds.length > 0, 'targetKinds: must name a kind of target, got none.');
    },
  },
  {
    rule: 'is best when every prediction is right',
    check: forEachKind((metric, kind) => {
      const sign = metric.greaterIsBetter ? 1 : -1;
      const [right, wrong] = [metric.compute(rightTable(kind)), metric.compute(wrongTable(kind))];
      expectThat(Number.isFinite(right), `${kind}: must be a number where every prediction is right, got ${right}.`);
      expectThat(
        sign * right > sign * wrong,
        `${kind}: all right must be better than all wrong, got ${right} and ${wrong}.`,
      );
      for (let seed = 1; seed <= 10; seed++) {
        const other = metric.compute(randomTable(kind, seed));
        expectThat(sign * right >= sign * other, `${kind}: nothing must be better than ${right}, got ${other}.`);
      }
    }),
  },
  {
    rule: 'is NaN without samples',
    check: forEachKind((metric, kind) => {
      const [none] = poorTables(kind);
      const figure = metric.compute(none as EvaluationTable);
      expectThat(Number.isNaN(figure), `${kind}: must be NaN without samples, got ${figure}.`);
    }),
  },
  {
    rule: 'gives a number or NaN where it may be undefined, never an error',
    check: forEachKind((metric, kind) => {
      for (const table of poorTables(kind)) {
        const figure = computeSafely(metric, table);
        expectThat(
          Number.isNaN(figure) || Number.isFinite(figure),
          `${kind}: must be a number or NaN, got ${String(figure)} for ${table.numSamples} samples.`,
        );
      }
    }),
  },
  {
    rule: 'does not depend on the order of samples',
    check: forEachKind((metric, kind) => {
      const table = randomTable(kind, 1);
      expectAgree([metric.compute(reordered(table))], [metric.compute(table)], `${kind}, reordered`, 1e-9);
    }),
  },
  {
    rule: 'leaves its table as it was',
    check: forEachKind((metric, kind) => {
      const table = randomTable(kind, 1);
      metric.compute(table);
      expectSame(table, randomTable(kind, 1), `${kind}: the table must be the same after compute`);
    }),
  },
];
