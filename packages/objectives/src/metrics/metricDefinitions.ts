// The figures as parts that a spec names.
import { defineMetric, type EvaluationTable, type TargetKind } from '@tessera/core';
import { z } from 'zod';
import { accuracy, hammingLoss, topKAccuracy } from './accuracy.js';
import { f1Score, samplesF1 } from './f1.js';
import { averagePrecisionScore, rocAucScore } from './rankingScores.js';
import { meanRecall, medianRank, recallAt, type Direction } from './retrieval.js';
import { meanAbsoluteError, meanSquaredError, r2Score } from './regressionErrors.js';

/** What a metric is for. */
interface MetricTraits {
  readonly targetKinds: readonly TargetKind[];
  /** True if left out. */
  readonly greaterIsBetter?: boolean;
}

function metric<const TName extends string>(
  name: TName,
  summary: string,
  { targetKinds, greaterIsBetter = true }: MetricTraits,
  compute: (table: EvaluationTable) => number,
) {
  const part = { targetKinds, greaterIsBetter, compute };
  return defineMetric({ name, summary, config: z.strictObject({}), create: () => part });
}

const oneOfSeveral: MetricTraits = { targetKinds: ['class-index'] };
const labels: MetricTraits = { targetKinds: ['multi-hot'] };
const classes: MetricTraits = { targetKinds: ['class-index', 'multi-hot'] };
const values: MetricTraits = { targetKinds: ['real'], greaterIsBetter: false };

const topK = <const TName extends string>(name: TName, k: number) =>
  metric(name, `Share of samples whose class is among the ${k} most probable.`, oneOfSeveral, (table) =>
    topKAccuracy(table, k),
  );

const pairs: MetricTraits = { targetKinds: ['pair'] };
const towards = { forward: 'second side for the first', reverse: 'first side for the second' } as const;

const recall = <const TName extends string>(name: TName, k: number, direction: Direction) =>
  metric(name, `Share of pairs found among the first ${k}, the ${towards[direction]}.`, pairs, (table) =>
    recallAt(table, k, direction),
  );

const median = <const TName extends string>(name: TName, direction: Direction) =>
  metric(name, `Median rank of the ${towards[direction]}.`, { ...pairs, greaterIsBetter: false }, (table) =>
    medianRank(table, direction),
  );

/** All built-in metrics. */
export const metricDefinitions = [
  metric('accuracy', 'Share of samples predicted right, with all their labels.', classes, accuracy),
  topK('top3-accuracy', 3),
  topK('top5-accuracy', 5),
  metric('hamming-loss', 'Share of labels predicted wrong.', { ...labels, greaterIsBetter: false }, hammingLoss),
  metric('micro-f1', 'F1 over the counts of all classes together.', classes, (table) =>
    f1Score(table, { average: 'micro' }),
  ),
  metric('macro-f1', 'Mean F1 of the classes that occur in targets or predictions.', classes, (table) =>
    f1Score(table, { average: 'macro' }),
  ),
  metric('macro-f1-all-classes', 'Mean F1 of all classes; 0 for those that never occur.', classes, (table) =>
    f1Score(table, { average: 'macro', classes: 'all' }),
  ),
  metric('weighted-f1', 'Mean F1 of the classes, by number of samples.', classes, (table) =>
    f1Score(table, { average: 'weighted' }),
  ),
  metric('samples-f1', "Mean F1 between each sample's true and predicted labels.", labels, samplesF1),
  metric('average-precision', 'Mean average precision of the classes (second class of two).', classes, (table) =>
    averagePrecisionScore(table),
  ),
  metric('micro-average-precision', 'Average precision over all pairs of sample and label.', labels, (table) =>
    averagePrecisionScore(table, { average: 'micro' }),
  ),
  metric('roc-auc', 'Mean area under the ROC curve, each class against the rest.', classes, (table) =>
    rocAucScore(table),
  ),
  metric('micro-roc-auc', 'Area under the ROC curve over all pairs of sample and label.', labels, (table) =>
    rocAucScore(table, { average: 'micro' }),
  ),
  metric('mean-squared-error', 'Mean squared error.', values, meanSquaredError),
  metric('mean-absolute-error', 'Mean absolute error.', values, meanAbsoluteError),
  recall('recall-at-1', 1, 'forward'),
  recall('recall-at-5', 5, 'forward'),
  recall('recall-at-10', 10, 'forward'),
  median('median-rank', 'forward'),
  recall('recall-at-1-reverse', 1, 'reverse'),
  recall('recall-at-5-reverse', 5, 'reverse'),
  recall('recall-at-10-reverse', 10, 'reverse'),
  median('median-rank-reverse', 'reverse'),
  metric('mean-recall', 'Mean of recall-at-1, 5 and 10 in both directions.', pairs, meanRecall),
  metric('r2', 'Coefficient of determination.', { targetKinds: ['real'] }, r2Score),
] as const;
