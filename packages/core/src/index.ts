/**
 * Contracts, plugins, registry, container, spec and builder of Tessera.
 *
 * @module @tessera/core
 */
export type {
  BatchTensors,
  DrawSeed,
  FusedState,
  PictureArea,
  TokenBlock,
  TokenDescription,
  TokenSpan,
  View,
} from './contracts/tokens.js';
export {
  eagerRunner,
  functionRunner,
  runPart,
  type FunctionResult,
  type FunctionRunner,
  type Precision,
  type TensorFunction,
} from './contracts/functionRunner.js';
export { flattenTree, type FlatTree, type TensorTree } from './contracts/tensorTree.js';
export { inferenceContext, type ForwardContext } from './contracts/context.js';
export type {
  Adapt,
  Initializer,
  Parameter,
  ParameterScope,
  ParameterSource,
  ShapedValues,
  StoredValues,
  WantedParameter,
  WeightOptions,
} from './contracts/parameters.js';
export { readStored } from './storedValues.js';
export { BatchMemory, type CopyingBackend } from './batchMemory.js';
export { tensorReader, type TensorReader } from './contracts/tensorReader.js';
export type { BatchShape, Encoder, PrepareOptions, Preview } from './contracts/encoder.js';
export {
  tokenEmbeddings,
  type Fusion,
  type ModalityShape,
  type TokenEmbeddings,
  type ViewShape,
  type Vocabulary,
} from './contracts/fusion.js';
export type {
  EvaluationTable,
  Head,
  Loss,
  Metric,
  TargetKind,
  TargetSource,
  TargetStatistics,
} from './contracts/objective.js';
export type { Optimizer, Schedule, UpdateInput, UpdateResult } from './contracts/optimization.js';
export type { Dataset, DatasetRequest, Sample, Split } from './contracts/dataset.js';
export {
  defineDataset,
  defineEncoder,
  defineFusion,
  defineHead,
  defineLoss,
  defineMetric,
  defineOptimizer,
  definePlugin,
  defineSchedule,
  type AnyDefinition,
  type Assets,
  type ContextByKind,
  type DatasetContext,
  type Define,
  type Definition,
  type DefinitionInput,
  type EncoderContext,
  type EncoderSlot,
  type EncoderSlots,
  type FitSource,
  type FusionContext,
  type HeadContext,
  type InnerEncoders,
  type LossContext,
  type Medium,
  type PartContext,
  type PartKind,
  type Plugin,
  type Provider,
  type ProviderContext,
} from './definition.js';
export {
  BackendError,
  CaptureError,
  CheckpointError,
  ContainerError,
  DataError,
  isTesseraError,
  RegistryError,
  ShapeError,
  SpecError,
  TesseraError,
  TrainingError,
  type SpecIssue,
} from './errors.js';
export { token, type Needs, type Services, type Token } from './token.js';
export { nearestName, suggestName } from './nearest.js';
export { hashText, RandomSource, type RandomState } from './random.js';
export { constant, heFanOut, normal, ones, torchLinear, uniform, zeros } from './initializers.js';
export { isUnder, ParameterStore } from './parameterStore.js';
export { Registry, type RegisteredPart } from './registry.js';
export type { Container, ServiceProvider } from './container/container.js';
export { inversifyContainer, type InversifyLike } from './container/inversifyContainer.js';
export { logger, silentLogger, type Logger } from './logger.js';
export {
  checkpointReader,
  type CheckpointReader,
  type InitialRequest,
  type InitialSource,
  type SavedModel,
} from './checkpointReader.js';
export { interfaceFault, pluginInterface, satisfiesInterface } from './pluginInterface.js';
export {
  pluginLoader,
  type BrokenPlugin,
  type LoadedPlugin,
  type PluginLoader,
  type PluginOrigin,
} from './pluginLoader.js';
export { Budget } from './budget.js';
export { ByteCache } from './byteCache.js';
export { fitsPattern } from './pattern.js';
export { parseSpec } from './spec/parseSpec.js';
export { showValue } from './spec/issues.js';
export { specJsonSchema } from './spec/jsonSchema.js';
export {
  toPlainSpec,
  type HeadChoice,
  type ModalityChoice,
  type PartChoice,
  type ResolvedSpec,
  type ResolvedTraining,
} from './spec/resolvedSpec.js';
export type { InitialChoice, InitialSpec, PublishedRow } from './spec/schemas.js';
export type { TrainingOptions } from './spec/trainingSchema.js';
export { recipeNames, type RecipeName } from './spec/recipes.js';
export type {
  Choice,
  ComponentOf,
  HeadCommon,
  InputsOf,
  ModalityCommon,
  ModelSpec,
  PredictionsOf,
  Strict,
  TargetsOf,
  TrainingSpec,
} from './spec/modelSpec.js';
export { batchTensors, disposeBatch, sampleTarget, type Batch, type PreparedSample } from './model/batch.js';
export { Model, type BuiltHead, type CollateOptions, type ForwardResult, type ModelParts } from './model/model.js';
export { fitAssets, type AssetsByPath, type FitOptions } from './model/fitAssets.js';
export { buildModel } from './model/buildModel.js';
export type { BuildRequest } from './model/buildRequest.js';
export { targetStatisticsFile } from './model/targetStatistics.js';
export { createWorkbench, Workbench, type BuildOptions, type WorkbenchOptions } from './workbench.js';
