/**
 * Multimodal models composed from plugins by a declarative spec.
 *
 * @module tessera
 */
export { builtIns } from './builtIns.js';
export { importModule, isModulePath, pickExport } from './plugins/importModule.js';
export { findInstalledPlugins, type PluginPackage } from './plugins/installedPlugins.js';
export { loadPlugins, nodePluginLoader } from './plugins/nodePluginLoader.js';
export { createWorkbench, TesseraWorkbench, type TesseraOptions, type TrainOptions } from './workbench.js';
export {
  batchTensors,
  constant,
  DataError,
  defineDataset,
  defineEncoder,
  defineFusion,
  defineHead,
  defineLoss,
  defineMetric,
  defineOptimizer,
  definePlugin,
  defineSchedule,
  disposeBatch,
  heFanOut,
  inferenceContext,
  inversifyContainer,
  isTesseraError,
  logger,
  Model,
  normal,
  ones,
  ShapeError,
  SpecError,
  TesseraError,
  token,
  tokenEmbeddings,
  torchLinear,
  uniform,
  zeros,
  type Container,
  type Dataset,
  type Encoder,
  type ForwardContext,
  type Fusion,
  type Head,
  type Logger,
  type Loss,
  type Metric,
  type ModelSpec,
  type Optimizer,
  type Plugin,
  type PredictionsOf,
  type ResolvedSpec,
  type Sample,
  type Schedule,
  type Split,
  type TokenBlock,
} from '@tessera/core';
export { buildEmojiDataset, memoryDataset, verifyDataset } from '@tessera/data';
export {
  evaluateSplit,
  openSaved,
  train,
  type Evaluation,
  type TrainingEvent,
  type TrainRequest,
  type TrainResult,
} from '@tessera/training';
export {
  attentionRollout,
  clsAttention,
  drawChart,
  integratedGradients,
  learningCurves,
  reportHtml,
  type ChartSpec,
  type ClsAttention,
  type ReportContent,
} from '@tessera/reports';
