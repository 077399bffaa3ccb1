import type { EpochRecord } from '@tessera/training';
import { drawChart } from './chart.js';
import type { Markup } from './markup.js';

/** The history of one run. */
export interface RunHistory {
  /** Name of the model, and of the seed where there are several. */
  readonly model: string;
  readonly seed: number;
  readonly history: readonly EpochRecord[];
}

const line = (title: string, values: readonly Record<string, unknown>[]): Promise<Markup> =>
  drawChart({
    width: 380,
    height: 220,
    data: { values },
    mark: { type: 'line', point: { size: 18 }, strokeWidth: 1.5 },
    encoding: {
      x: { field: 'epoch', type: 'quantitative', title: 'epoch', axis: { tickMinStep: 1 } },
      y: { field: 'value', type: 'quantitative', title, scale: { zero: false } },
      color: { field: 'model', type: 'nominal', title: null },
      detail: { field: 'seed', type: 'nominal' },
    },
  });

/** Curves over the epochs: training loss, then each figure on the validation split that all runs have. */
export async function learningCurves(runs: readonly RunHistory[]): Promise<Markup[]> {
  const points = (value: (record: EpochRecord) => number | null | undefined): Record<string, unknown>[] =>
    runs.flatMap(({ model, seed, history }) =>
      history.flatMap((record) => {
        const y = value(record);
        return typeof y === 'number' ? [{ model, seed, epoch: record.epoch, value: y }] : [];
      }),
    );
  const figures = [
    ...new Set(runs.flatMap(({ history }) => history.flatMap(({ validation }) => Object.keys(validation ?? {})))),
  ];
  const charts = [
    { title: 'training loss', values: points(({ trainLoss }) => trainLoss) },
    ...figures.map((name) => ({ title: `validation ${name}`, values: points(({ validation }) => validation?.[name]) })),
  ];
  return Promise.all(charts.filter(({ values }) => values.length > 0).map(({ title, values }) => line(title, values)));
}
