/**
 * Contract suites, gradient and leak checks for plugin authors.
 *
 * @module @tessera/testing
 */
export {
  describeContract,
  type Contract,
  type ContractRule,
  type MakeSubject,
  type TestFramework,
} from './contract.js';
export {
  ContractError,
  expectAgree,
  expectClose,
  expectEqual,
  expectFinite,
  expectSame,
  expectShape,
  expectThat,
  expectUserError,
  failureOf,
  resultOf,
} from './expectations.js';
export { brokenRules, rulesBrokenBy, type BrokenRule } from './brokenRules.js';
export { describeParts, type CaseByKind, type PartCases } from './describeParts.js';
export type { Fault, InnerSetting, PartSetting, TrainedSetting } from './parts/partSetting.js';
export { containerContract } from './containerContract.js';
export { backendContract, describeBackend } from './backend/backendContract.js';
export { backendSubject, type BackendCase, type BackendSubject, type OpenAnswer } from './backend/backendSubject.js';
export { functionRunnerContract } from './functionRunner/functionRunnerContract.js';
export { ReplayRunner, type ReplayOptions } from './functionRunner/replayRunner.js';
export { definitionContract, type DefinitionSubject } from './definition/definitionContract.js';
export { encoderContract } from './encoder/encoderContract.js';
export { encoderSubject, type EncoderCase, type EncoderSubject } from './encoder/encoderSubject.js';
export { fusionContract } from './fusion/fusionContract.js';
export { exampleModalities, fusionSubject, type FusionCase, type FusionSubject } from './fusion/fusionSubject.js';
export { headContract } from './head/headContract.js';
export { headSubject, type HeadCase, type HeadSubject } from './head/headSubject.js';
export { lossContract } from './loss/lossContract.js';
export { lossSubject, type LossCase, type LossOfKind, type LossSubject } from './loss/lossSubject.js';
export { metricContract, metricSubject, type MetricSubject } from './metric/metricContract.js';
export { optimizerContract } from './optimization/optimizerContract.js';
export { optimizerSubject, type OptimizerSubject } from './optimization/optimizerSubject.js';
export { scheduleContract, scheduleSubject, type ScheduleSubject } from './optimization/scheduleContract.js';
export {
  datasetContract,
  datasetSubject,
  type DatasetCase,
  type DatasetFault,
  type DatasetSubject,
} from './dataset/datasetContract.js';
export {
  expectGradient,
  expectParameterGradients,
  gradientError,
  parameterGradientError,
  type GradientCheckOptions,
} from './checks/gradientCheck.js';
export { expectNoLeak, tensorsLeftBy } from './checks/leakCheck.js';
export { expectGradientReaches, parameterGradients } from './checks/parameterGradients.js';
export {
  inTraining,
  randomNumbers,
  randomTensor,
  readTensors,
  rowsOf,
  weightedSum,
  type TensorReading,
} from './checks/tensorReading.js';
