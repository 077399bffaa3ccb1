import { adaptivePoolChecks } from './kinds/adaptivePool.js';
import { audioLogmelChecks } from './kinds/audioLogmel.js';
import { bertChecks } from './kinds/bert.js';
import { formulaChecks } from './kinds/formula.js';
import { fusionChecks } from './kinds/fusion.js';
import { imagePreprocessingChecks } from './kinds/imagePreprocessing.js';
import { lossesChecks } from './kinds/losses.js';
import { metricsChecks } from './kinds/metrics.js';
import { mmbtHuggingFaceChecks } from './kinds/mmbtHuggingFace.js';
import { mmbtOriginalChecks } from './kinds/mmbtOriginal.js';
import { mmbtOriginalTrainingChecks } from './kinds/mmbtOriginalTraining.js';
import { optimizersChecks } from './kinds/optimizers.js';
import { resnetChecks } from './kinds/resnet.js';
import { schedulesChecks } from './kinds/schedules.js';
import { videoPoolChecks } from './kinds/videoPool.js';
import { whisperEncoderChecks } from './kinds/whisperEncoder.js';
import type { Check } from './records.js';

/**
 * Compares all numbers of a file of one kind; each reader says what these are. It may leave tensors to its caller's
 * scope. `folder` is where files that the fixture names lie.
 */
export type FixtureReader = (fixture: never, folder: string) => Promise<Check[]> | Check[];

/** The readers by kind. */
export const readers: Readonly<Record<string, FixtureReader | undefined>> = {
  formula: formulaChecks,
  adaptive_pool: adaptivePoolChecks,
  resnet: resnetChecks,
  bert_tiny: bertChecks,
  bert_base: bertChecks,
  mmbt_original_tiny: mmbtOriginalChecks,
  mmbt_original_training: mmbtOriginalTrainingChecks,
  mmbt_hf_tiny: mmbtHuggingFaceChecks,
  fusion: fusionChecks,
  losses: lossesChecks,
  metrics: metricsChecks,
  optimizers: optimizersChecks,
  schedules: schedulesChecks,
  image_preprocessing: imagePreprocessingChecks,
  audio_logmel: audioLogmelChecks,
  whisper_encoder: whisperEncoderChecks,
  video_pool: videoPoolChecks,
};
