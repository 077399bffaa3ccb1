/**
 * Fit loop, optimizers, schedules, freezing, checkpoints.
 *
 * @module @tessera/training
 */
export { train } from './train.js';
export type { TrainRequest, TrainResult } from './trainRequest.js';
export { evaluateSplit } from './evaluateSplit.js';
export { evaluateSubsets, modalitySubsets, type EvaluationBySubset, type SubsetEvaluation } from './evaluateSubsets.js';
export { countParameters } from './countParameters.js';
export { Trainer, type TrainerOptions } from './trainer.js';
export { computeGradients, headLosses, type StepGradients, type StepOptions } from './trainStep.js';
export { ParameterUpdater, type UpdaterOptions } from './parameterUpdater.js';
export { updateRules, type UpdateRule } from './updateGroups.js';
export { frozenPrefixes, trainedParameters } from './freezing.js';
export { evaluate, metricOf, type Evaluation, type HeadEvaluation } from './evaluate.js';
export { environment, tesseraVersion } from './environment.js';
export { figureSpread } from './figureSpread.js';
export { parameterDifference } from './parameterDifference.js';
export { requireGrownUnchanged } from './requireUnchanged.js';
export { flatFigures, improves, selectionMetric, type SelectionMetric } from './selection.js';
export { openCheckpoint, saveCheckpoint, type CheckpointContent, type OpenCheckpoint } from './checkpoint.js';
export { pathFrom } from './savedPlugins.js';
export { RunFolder, type RunData, type RunRecord } from './runFolder.js';
export { isSaved, openRun, openSaved, type SavedRun } from './savedRun.js';
export { isPacked, packedEnding, PackedRun, packRun, type PackOptions } from './packedRun.js';
export { runCheckpointReader } from './runCheckpointReader.js';
export { noTimes, type StageTimes, type TrainingEvent } from './events.js';
export { initialState, type BestEpoch, type EpochRecord, type TrainingState } from './trainingState.js';
export { Adam, AdamW, BertAdam, optimizers, Sgd } from './optimizers/index.js';
export {
  linearFactor,
  Plateau,
  schedules,
  warmupFactor,
  type LinearOptions,
  type WarmupOptions,
} from './schedules/index.js';
export { trainingPlugin } from './trainingPlugin.js';
