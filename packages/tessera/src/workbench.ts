import { soundDecoder } from '@tessera/audio';
import { soundFileDecoder } from '@tessera/audio/node';
import { backendVersions, openBackend, type BackendName, type OpenedBackend } from '@tessera/backends';
import {
  checkpointReader,
  DataError,
  functionRunner,
  inversifyContainer,
  logger,
  pluginLoader,
  tensorReader,
  Workbench,
  type AnyDefinition,
  type ComponentOf,
  type Container,
  type Dataset,
  type Logger,
  type Model,
  type ModelSpec,
  type Plugin,
} from '@tessera/core';
import {
  evaluateSplit,
  runCheckpointReader,
  train,
  type Evaluation,
  type TrainRequest,
  type TrainResult,
} from '@tessera/training';
import { videoDecoder } from '@tessera/video';
import { nodeVideoDecoder } from '@tessera/video/node';
import { imageDecoder } from '@tessera/vision';
import { sharpDecoder } from '@tessera/vision/node';
import { builtIns } from './builtIns.js';
import { nodePluginLoader } from './plugins/nodePluginLoader.js';

/** How a workbench with the built-ins is made. */
export interface TesseraOptions<TPlugins extends readonly Plugin[]> {
  /** Plugins beside the built-ins. */
  readonly plugins?: TPlugins;
  /** Where services live: an inversify container if left out. Services bound in it before are kept. */
  readonly container?: Container;
  /** `wasm`, `cpu`, …; the best that is there if left out (or the variable TESSERA_BACKEND). */
  readonly backend?: BackendName | 'auto';
  /** Threads of native TensorFlow (all physical cores if left out) and of wasm (1); or the variable TESSERA_THREADS. */
  readonly threads?: number;
  readonly logger?: Logger;
}

/** How a spec is trained. */
export type TrainOptions = Omit<TrainRequest, 'spec'>;

/** A workbench on an open backend, with the built-in plugins, which trains, loads and evaluates. */
export class TesseraWorkbench<C extends AnyDefinition = AnyDefinition> extends Workbench<C> {
  constructor(
    plugins: readonly Plugin[],
    container: Container,
    /** The backend in use and why it was chosen. */
    readonly backend: OpenedBackend,
  ) {
    super(plugins, container);
  }

  /** Trains a spec and leaves a run folder. Errors as of `train` in @tessera/training. */
  async train<const S extends ModelSpec<C>>(spec: S, options: TrainOptions): Promise<TrainResult> {
    return train(this, {
      versions: backendVersions(this.backend),
      ...options,
      spec: this.resolve(await this.withPlugins(spec, options.baseFolder)),
    });
  }

  /**
   * Evaluates a model on one split of a dataset.
   * @param model - a model of this workbench: built or loaded
   * @throws DataError for a split that the dataset lacks
   */
  async evaluate(model: Model<C, never> | Model, dataset: Dataset, split = 'test'): Promise<Evaluation> {
    const found = dataset.splits[split];
    if (!found)
      throw new DataError(`evaluate: unknown split "${split}". Known: ${Object.keys(dataset.splits).join(', ')}.`);
    return evaluateSplit(this, model, found);
  }
}

/** Opens a backend and makes a workbench with the built-in plugins and those given. */
export async function createWorkbench<const TPlugins extends readonly Plugin[] = readonly []>(
  options: TesseraOptions<TPlugins> = {},
): Promise<TesseraWorkbench<ComponentOf<readonly [...typeof builtIns, ...TPlugins]>>> {
  const container = options.container ?? inversifyContainer();
  const backend = await openBackend({
    ...(options.backend !== undefined && { backend: options.backend }),
    ...(options.threads !== undefined && { threads: options.threads }),
    onRefusal: (name, { message }) => {
      container.get(logger).warn(`the ${name} runs operation by operation, since it cannot be captured: ${message}`);
    },
  });
  if (backend.runner && !container.has(functionRunner)) container.bind(functionRunner, { value: backend.runner });
  if (backend.reader && !container.has(tensorReader)) container.bind(tensorReader, { value: backend.reader });
  if (options.logger) container.bind(logger, { value: options.logger });
  if (!container.has(imageDecoder)) {
    container.bind(imageDecoder, { factory: () => sharpDecoder({ renderJpeg: backend.pictures }) });
  }
  if (!container.has(soundDecoder)) container.bind(soundDecoder, { factory: () => soundFileDecoder() });
  if (!container.has(videoDecoder)) container.bind(videoDecoder, { factory: () => nodeVideoDecoder() });
  if (!container.has(checkpointReader)) container.bind(checkpointReader, { value: runCheckpointReader });
  if (!container.has(pluginLoader)) container.bind(pluginLoader, { value: nodePluginLoader });
  return new TesseraWorkbench([...builtIns, ...(options.plugins ?? [])], container, backend);
}
