// F1 = 2 TP / (2 TP + FP + FN), and 0 where that is 0 / 0: scikit-learn's `f1_score` with zero_division=0. n samples, C
// outputs.
import { at, meanOver, type PredictionTable } from './tables.js';

/** How often one class was found, wrongly claimed and missed. */
export interface OutcomeCounts {
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly falseNegatives: number;
}

/** How F1 of the classes become one figure. */
export interface F1Options {
  /** `micro`: of the counts of all classes together; `macro`: mean; `weighted`: mean by number of true samples. */
  readonly average: 'micro' | 'macro' | 'weighted';
  /**
   * Classes that count for `macro`. `occurring`: those in the targets or the predictions, which is scikit-learn's choice
   * for one class of several (not for labels that stand for themselves: there all columns count); `all`: also those that
   * never occur, with 0.
   */
  readonly classes?: 'occurring' | 'all';
}

/** One row of a {@link classificationTable}. */
export interface ClassFigures {
  readonly label: string;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** Number of true samples. */
  readonly support: number;
}

const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);
const f1Of = ({ truePositives: tp, falsePositives: fp, falseNegatives: fn }: OutcomeCounts): number =>
  ratio(2 * tp, 2 * tp + fp + fn);
const supportOf = ({ truePositives, falseNegatives }: OutcomeCounts): number => truePositives + falseNegatives;
const occurs = (counts: OutcomeCounts): boolean => supportOf(counts) + counts.falsePositives > 0;

/** Outcomes of each class, in label order. */
export function outcomeCounts({
  targetKind,
  labels,
  numSamples,
  targets,
  predictions,
}: PredictionTable): OutcomeCounts[] {
  const isPositive = (values: ArrayLike<number>, sample: number, output: number): boolean =>
    targetKind === 'class-index' ? at(values, sample) === output : at(values, sample * labels.length + output) === 1;
  return labels.map((_, output) => {
    let [truePositives, falsePositives, falseNegatives] = [0, 0, 0];
    for (let i = 0; i < numSamples; i++) {
      const [isTrue, isPredicted] = [isPositive(targets, i, output), isPositive(predictions, i, output)];
      if (isTrue && isPredicted) truePositives += 1;
      else if (isPredicted) falsePositives += 1;
      else if (isTrue) falseNegatives += 1;
    }
    return { truePositives, falsePositives, falseNegatives };
  });
}

/** F1 of each class, in label order; 0 for a class that never occurs. */
export const perClassF1 = (table: PredictionTable): number[] => outcomeCounts(table).map(f1Of);

/** F1 over all classes; NaN without samples. */
export function f1Score(table: PredictionTable, { average, classes = 'occurring' }: F1Options): number {
  if (table.numSamples === 0) return NaN;
  const counts = outcomeCounts(table);
  switch (average) {
    case 'micro':
      return f1Of(totalOf(counts));
    case 'weighted': {
      const supports = counts.map(supportOf);
      const weighted = counts.reduce((sum, count, i) => sum + f1Of(count) * at(supports, i), 0);
      return ratio(
        weighted,
        supports.reduce((a, b) => a + b, 0),
      );
    }
    case 'macro': {
      const skips = classes === 'occurring' && table.targetKind === 'class-index';
      const counted = counts.filter((count) => !skips || occurs(count)).map(f1Of);
      return meanOver(counted.length, (i) => at(counted, i));
    }
  }
}

function totalOf(counts: readonly OutcomeCounts[]): OutcomeCounts {
  const sum = (key: keyof OutcomeCounts): number => counts.reduce((total, count) => total + count[key], 0);
  return {
    truePositives: sum('truePositives'),
    falsePositives: sum('falsePositives'),
    falseNegatives: sum('falseNegatives'),
  };
}

/**
 * Mean over samples of the F1 between each sample's true and predicted labels; 0 for a sample with neither. NaN without
 * samples. For labels that stand for themselves. Source: scikit-learn, `f1_score(average="samples")`.
 */
export function samplesF1({ labels, numSamples, targets, predictions }: PredictionTable): number {
  const width = labels.length;
  return meanOver(numSamples, (i) => {
    let [shared, marked] = [0, 0];
    for (let j = i * width; j < (i + 1) * width; j++) {
      shared += at(targets, j) * at(predictions, j);
      marked += at(targets, j) + at(predictions, j);
    }
    return ratio(2 * shared, marked);
  });
}

/** Precision, recall, F1 and number of true samples of each class; 0 where a figure is 0 / 0. */
export function classificationTable(table: PredictionTable): ClassFigures[] {
  return outcomeCounts(table).map((counts, output) => ({
    label: table.labels[output] ?? '',
    precision: ratio(counts.truePositives, counts.truePositives + counts.falsePositives),
    recall: ratio(counts.truePositives, supportOf(counts)),
    f1: f1Of(counts),
    support: supportOf(counts),
  }));
}
