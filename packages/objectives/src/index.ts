/**
 * Heads, losses and metrics.
 *
 * @module @tessera/objectives
 */
export { objectivesPlugin } from './objectivesPlugin.js';
export { singleLabel, SingleLabelHead, type SingleLabelPrediction } from './heads/singleLabelHead.js';
export { multiLabel, MultiLabelHead, type MultiLabelPrediction, type RawLabels } from './heads/multiLabelHead.js';
export { regression, RegressionHead, type RawValues, type RegressionPrediction } from './heads/regressionHead.js';
export { contrastive, ContrastiveHead, type ContrastivePrediction } from './heads/contrastiveHead.js';
export { labelsFile, type RawLabel } from './heads/labelList.js';
export { crossEntropy, CrossEntropyLoss } from './losses/crossEntropyLoss.js';
export { bce, BceLoss } from './losses/bceLoss.js';
export { focal } from './losses/focalLoss.js';
export { SoftmaxFocalLoss, type FocalOptions } from './losses/softmaxFocalLoss.js';
export { SigmoidFocalLoss } from './losses/sigmoidFocalLoss.js';
export { mse, MseLoss } from './losses/mseLoss.js';
export { infoNce, InfoNceLoss } from './losses/infoNceLoss.js';
export { OutputWeights, type GivenWeights } from './losses/outputWeights.js';
export { metricDefinitions } from './metrics/metricDefinitions.js';
export { accuracy, hammingLoss, topKAccuracy } from './metrics/accuracy.js';
export { confusionMatrix } from './metrics/confusionMatrix.js';
export {
  classificationTable,
  f1Score,
  outcomeCounts,
  perClassF1,
  samplesF1,
  type ClassFigures,
  type F1Options,
  type OutcomeCounts,
} from './metrics/f1.js';
export { averagePrecision, rocAuc } from './metrics/ranking.js';
export { averagePrecisionScore, rocAucScore, type RankingOptions } from './metrics/rankingScores.js';
export { meanAbsoluteError, meanSquaredError, r2Score } from './metrics/regressionErrors.js';
export {
  meanRecall,
  medianRank,
  recallAt,
  retrievalRanks,
  type Direction,
  type PairTable,
} from './metrics/retrieval.js';
export type { PredictionTable, ScoreTable } from './metrics/tables.js';
