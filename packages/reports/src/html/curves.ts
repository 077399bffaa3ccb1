import type { EpochRecord } from '@tessera/training';
import { colourOf, drawChart } from './chart.js';
import { html, type Markup } from './markup.js';

/** The history of one run. */
export interface RunHistory {
  /** Name of the model; runs of one model share a colour. */
  readonly model: string;
  readonly seed: number;
  readonly history: readonly EpochRecord[];
  /** Epoch with the best validation figure, which is marked. */
  readonly bestEpoch?: number;
}

/** A chart with what it shows. */
export interface Curve {
  readonly title: string;
  readonly chart: Markup;
}

interface Point {
  readonly model: string;
  readonly seed: number;
  readonly epoch: number;
  readonly value: number;
  readonly best: boolean;
}

/** Curves over the epochs: the training loss, then each figure on the validation split that any run has. */
export async function learningCurves(runs: readonly RunHistory[]): Promise<Curve[]> {
  const figures = new Set(
    runs.flatMap(({ history }) => history.flatMap(({ validation }) => Object.keys(validation ?? {}))),
  );
  const series = [
    { title: 'training loss', points: pointsOf(runs, ({ trainLoss }) => trainLoss) },
    ...[...figures].map((name) => ({
      title: `validation ${name}`,
      points: pointsOf(runs, ({ validation }) => validation?.[name]),
    })),
  ];
  const models = modelsOf(runs);
  return Promise.all(
    series
      .filter(({ points }) => points.length > 0)
      .map(async ({ title, points }) => ({ title, chart: await drawCurve(title, points, models) })),
  );
}

/** The models' names with their colours; nothing for a single model. */
export function curveLegend(runs: readonly RunHistory[]): Markup {
  const models = modelsOf(runs);
  if (models.length < 2) return html``;
  const entries = models.map((model, i) => html`<li><i style="background:${colourOf(i)}"></i>${model}</li>`);
  return html`<ul class="legend">
    ${entries}
  </ul>`;
}

const modelsOf = (runs: readonly RunHistory[]): string[] => [...new Set(runs.map(({ model }) => model))];

function pointsOf(runs: readonly RunHistory[], value: (record: EpochRecord) => number | null | undefined): Point[] {
  return runs.flatMap(({ model, seed, history, bestEpoch }) =>
    history.flatMap((record) => {
      const y = value(record);
      const { epoch } = record;
      return typeof y === 'number' && Number.isFinite(y)
        ? [{ model, seed, epoch, value: y, best: epoch === bestEpoch }]
        : [];
    }),
  );
}

/** Means over each model's runs, of the epochs that all of them have; none where every model has one run. */
function meansOf(points: readonly Point[]): Point[] {
  const lines = new Set(points.map(({ model, seed }) => JSON.stringify([model, seed])));
  if (lines.size === new Set(points.map(({ model }) => model)).size) return [];
  return [...new Set(points.map(({ model }) => model))].flatMap((model) => {
    const own = points.filter((point) => point.model === model);
    const numSeeds = new Set(own.map(({ seed }) => seed)).size;
    return [...new Set(own.map(({ epoch }) => epoch))].flatMap((epoch) => {
      const values = own.filter((point) => point.epoch === epoch).map(({ value }) => value);
      const value = values.reduce((sum, one) => sum + one, 0) / values.length;
      return values.length === numSeeds ? [{ model, seed: -1, epoch, value, best: false }] : [];
    });
  });
}

function drawCurve(title: string, points: readonly Point[], models: readonly string[]): Promise<Markup> {
  const means = meansOf(points);
  const lastEpoch = Math.max(...points.map(({ epoch }) => epoch));
  const encoding = {
    x: {
      field: 'epoch',
      type: 'quantitative',
      title: 'epoch',
      // A single epoch gets a tick of its own in the middle.
      scale: { domain: lastEpoch > 1 ? [1, lastEpoch] : [0, 2], nice: false },
      axis: { tickMinStep: 1, format: 'd', labelFlush: false, grid: false, ...(lastEpoch === 1 && { values: [1] }) },
    },
    y: {
      field: 'value',
      type: 'quantitative',
      title: null,
      scale: { zero: false },
      // The one tick of equal values would show all their digits.
      ...(points.every(({ value }) => value === points[0]?.value) && { axis: { format: '.4~r' } }),
    },
    color: {
      field: 'model',
      type: 'nominal',
      scale: { domain: models, range: models.map((_, i) => colourOf(i)) },
      legend: null,
    },
    detail: { field: 'seed', type: 'nominal' },
  };
  const hasMeans = means.length > 0;
  const faintness = hasMeans ? { strokeWidth: 1, opacity: 0.45 } : { strokeWidth: 2 };
  return drawChart({
    description: `${title} by epoch, ${describeEnds(hasMeans ? means : points)}`,
    width: 350,
    height: 200,
    encoding,
    layer: [
      {
        data: { values: points },
        mark: { type: 'line', ...faintness, ...(lastEpoch <= 30 && !hasMeans && { point: { size: 16, opacity: 1 } }) },
      },
      ...(lastEpoch === 1 ? [{ data: { values: points }, mark: { type: 'point', filled: true, size: 40 } }] : []),
      ...(hasMeans ? [{ data: { values: means }, mark: { type: 'line', strokeWidth: 2.5 } }] : []),
      {
        data: { values: points.filter(({ best }) => best) },
        mark: { type: 'point', size: 70, strokeWidth: 1.5, filled: false, opacity: 1 },
      },
    ],
  });
}

/** First and last value of each line, for those who cannot see the chart. */
function describeEnds(points: readonly Point[]): string {
  const ends = new Map<string, { readonly name: string; readonly first: number; readonly last: number }>();
  for (const { model, seed, value } of points) {
    const key = `${model} ${seed}`;
    ends.set(key, { name: model, first: ends.get(key)?.first ?? value, last: value });
  }
  return [...ends.values()]
    .map(({ name, first, last }) => `${name} from ${first.toPrecision(3)} to ${last.toPrecision(3)}`)
    .join('; ');
}
