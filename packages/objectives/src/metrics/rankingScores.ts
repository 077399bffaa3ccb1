// Ranking figures over all outputs of a head. n samples, C outputs.
import { averagePrecision, rocAuc } from './ranking.js';
import { at, meanOver, type ScoreTable } from './tables.js';

/** How the figures of the outputs become one. */
export interface RankingOptions {
  /** `macro`: mean over outputs; `micro`: one figure over all pairs of sample and output. */
  readonly average: 'macro' | 'micro';
  /** Outputs that count for `macro`: all (the default), or those with a positive sample. */
  readonly classes?: 'all' | 'occurring';
}

type Figure = (targets: ArrayLike<number>, scores: ArrayLike<number>) => number;

/**
 * Average precision. Labels that stand for themselves, and classes against the rest, each give one figure; a label
 * without positives gives 0, as in scikit-learn. Of two classes the second is the positive one.
 */
export const averagePrecisionScore = (table: ScoreTable, options: RankingOptions = { average: 'macro' }): number =>
  average(averagePrecision, table, options);

/**
 * Area under the ROC curve. Of two classes the second is the positive one; of several each is set against the rest
 * (scikit-learn's `multi_class="ovr"`). NaN when a counted output has no positives or no negatives.
 */
export const rocAucScore = (table: ScoreTable, options: RankingOptions = { average: 'macro' }): number =>
  average(rocAuc, table, options);

function average(figure: Figure, table: ScoreTable, { average: kind, classes = 'all' }: RankingOptions): number {
  if (table.numSamples === 0) return NaN;
  const columns = columnsOf(table);
  if (kind === 'micro') {
    return figure(
      columns.flatMap(({ targets }) => targets),
      columns.flatMap(({ scores }) => scores),
    );
  }
  const counted = columns.filter(({ targets }) => classes === 'all' || targets.includes(1));
  const figures = counted.map(({ targets, scores }) => figure(targets, scores));
  return meanOver(figures.length, (i) => at(figures, i));
}

interface Column {
  readonly targets: number[];
  readonly scores: number[];
}

/** Truth (0 or 1) and scores of each output. */
function columnsOf({ targetKind, labels, numSamples, targets, scores }: ScoreTable): Column[] {
  const width = labels.length;
  const outputs = targetKind === 'class-index' && width === 2 ? [1] : labels.map((_, output) => output);
  return outputs.map((output) => ({
    targets: Array.from({ length: numSamples }, (_, i) =>
      targetKind === 'class-index' ? Number(at(targets, i) === output) : at(targets, i * width + output),
    ),
    scores: Array.from({ length: numSamples }, (_, i) => at(scores, i * width + output)),
  }));
}
