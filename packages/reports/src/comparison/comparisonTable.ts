// A comparison as people read it: a table and a sentence.
import type { TargetKind } from '@tessera/core';
import { formatCount, formatDuration, formatFigure, formatPoints } from '../format.js';
import { spreadOf, type ComparedModel, type ComparedRun, type Comparison } from './comparison.js';
import { PublishedColumns } from './publishedColumns.js';

/** Rows of text; a cell may be the best of its column. */
export interface ComparisonTable {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** For each row, the columns in which it is the best. */
  readonly best: readonly ReadonlySet<number>[];
}

/** A table with what its marks stand for. */
export interface AnnotatedTable extends ComparisonTable {
  readonly footnotes: readonly string[];
}

/**
 * A line for each model: mean ± standard deviation of its figures, what papers print for it beside them, parameters and
 * seconds of one run. The footnotes say where published figures are from, or that there are none.
 */
export function comparisonTable(comparison: Comparison): AnnotatedTable {
  const published = new PublishedColumns(comparison);
  const columns = [
    ...figuresOf(comparison).flatMap((figure) => figureColumns(comparison, figure, published)),
    ...(comparison.split === 'test' ? sizeColumns : []),
  ];
  return {
    head: ['model', ...columns.map(({ title }) => title)],
    rows: comparison.models.map((model) => [model.name, ...columns.map(({ cell }) => cell(model))]),
    best: bestColumns(
      comparison,
      columns.map(({ figure }) => figure),
    ),
    footnotes: published.notes(),
  };
}

/** A column; `figure` where the best of it is marked. */
interface Column {
  readonly title: string;
  readonly cell: (model: ComparedModel) => string;
  readonly figure?: string;
}

function figureColumns(comparison: Comparison, figure: string, published: PublishedColumns): Column[] {
  const title = columnTitle(comparison, figure);
  const own = { title, figure, cell: (model: ComparedModel) => spreadCell(comparison, figure, model) };
  if (!published.has(figure)) return [own];
  return [own, { title: "paper's", cell: (model) => published.cell(model, figure) }];
}

function spreadCell(comparison: Comparison, figure: string, model: ComparedModel): string {
  const { mean, deviation } = spreadOf(model, figure);
  const text = formatTestFigure(comparison, figure, mean);
  return model.runs.length > 1 && Number.isFinite(mean)
    ? `${text} ± ${formatTestFigure(comparison, figure, deviation)}`
    : text;
}

const sizeColumns: readonly Column[] = [
  { title: 'parameters', cell: ({ numParameters }) => formatCount(numParameters) },
  {
    title: 'training',
    cell: ({ runs }) => formatDuration(runs.reduce((sum, { seconds }) => sum + seconds, 0) / runs.length),
  },
];

/** A line for each run: the figures behind the means. */
export function runsTable(comparison: Comparison): ComparisonTable {
  const figures = figuresOf(comparison);
  const row = (model: ComparedModel, run: ComparedRun): string[] => [
    model.name,
    String(run.seed),
    ...figures.map((figure) => formatTestFigure(comparison, figure, run.figures[figure] ?? NaN)),
    run.bestEpoch === undefined ? '–' : `${run.bestEpoch} of ${run.history.length}`,
    formatDuration(run.seconds),
  ];
  const rows = comparison.models.flatMap((model) => model.runs.map((run) => row(model, run)));
  return {
    head: [
      'model',
      'seed',
      ...figures.map((figure) => columnTitle(comparison, figure)),
      'best validation epoch',
      'training',
    ],
    rows,
    best: rows.map(() => new Set()),
  };
}

/** Whether the lead is beyond chance, as a sentence. */
export function leadSentence(comparison: Comparison): string {
  const { reference, rival, lead, split } = comparison;
  if (rival === undefined || !lead) return 'One model: nothing to compare.';
  const { amount, unit } = leadUnit(comparison);
  const [low, high] = lead.interval;
  const numSeeds = Math.max(...comparison.models.map(({ runs }) => runs.length));
  return (
    `${split === 'test' ? '' : `On ${split}, `}${reference} ${lead.difference >= 0 ? 'leads' : 'is behind'} ${rival}, the best other, ` +
    `by ${amount(Math.abs(lead.difference))} ${unit}; ` +
    `95 % interval of the difference ${amount(low)} to ${amount(high)}: ${lead.beyondChance ? 'beyond chance' : 'within chance'} ` +
    `(paired bootstrap over ${split} samples, ${formatCount(lead.resamples)} resamples${numSeeds > 1 ? ", each sample's score averaged over seeds" : ''}).`
  );
}

function leadUnit({ models }: Comparison): { amount: (value: number) => string; unit: string } {
  const run = models[0]?.runs[0];
  const kind: TargetKind = (run && Object.values(run.targetKinds)[0]) ?? 'class-index';
  switch (kind) {
    case 'real':
      return { amount: formatFigure, unit: 'in mean squared error' };
    case 'multi-hot':
      return { amount: formatPoints, unit: 'points of labels predicted right' };
    case 'class-index':
      return { amount: formatPoints, unit: 'points of samples predicted right' };
    case 'pair':
      return { amount: formatPoints, unit: 'points of pairs found first' };
  }
}

/** Figures other than losses that any model has. */
const figuresOf = ({ models }: Comparison): string[] => [
  ...new Set(
    models.flatMap(({ runs }) => runs.flatMap(({ figures }) => Object.keys(figures)).filter((name) => name !== 'loss')),
  ),
];

const headOf = (figure: string): string => figure.slice(0, Math.max(0, figure.lastIndexOf('.')));

/** Figures of labels lie in 0 … 1 and are shown as points of 100; those of real values as they are. */
function formatTestFigure({ models }: Comparison, figure: string, value: number): string {
  const kinds = models.flatMap(({ runs }) => runs.map(({ targetKinds }) => targetKinds[headOf(figure)]));
  const isShare = !kinds.includes('real') && !figure.includes('.median-rank');
  return isShare ? formatPoints(value) : formatFigure(value);
}

/** The head's name is left out where there is but one. */
function columnTitle(comparison: Comparison, figure: string): string {
  const heads = new Set(figuresOf(comparison).map(headOf));
  return `${comparison.split} ${heads.size > 1 ? figure : figure.slice(headOf(figure).length + 1)}`;
}

function bestColumns(comparison: Comparison, figures: readonly (string | undefined)[]): ReadonlySet<number>[] {
  const { models, lowerIsBetter } = comparison;
  const best = models.map(() => new Set<number>());
  if (models.length < 2) return best;
  for (const [i, figure] of figures.entries()) {
    if (figure === undefined) continue;
    const sign = lowerIsBetter.includes(figure) ? -1 : 1;
    const means = models.map((model) => sign * spreadOf(model, figure).mean);
    const most = Math.max(...means.filter((mean) => Number.isFinite(mean)));
    means.forEach((mean, row) => {
      if (mean === most) best[row]?.add(i + 1);
    });
  }
  return best;
}
