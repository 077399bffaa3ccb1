import type { Container } from './container/container.js';
import { inversifyContainer } from './container/inversifyContainer.js';
import type { Dataset, Split } from './contracts/dataset.js';
import { eagerRunner, functionRunner } from './contracts/functionRunner.js';
import type { ParameterSource } from './contracts/parameters.js';
import { checkpointReader, type SavedModel } from './checkpointReader.js';
import type { AnyDefinition, Plugin } from './definition.js';
import { CheckpointError, isTesseraError, SpecError, TesseraError } from './errors.js';
import { logger, silentLogger, type Logger } from './logger.js';
import { buildModel } from './model/buildModel.js';
import { fitAssets, type AssetsByPath } from './model/fitAssets.js';
import { InitialValues, openInitialValues } from './model/initialValues.js';
import type { Model } from './model/model.js';
import { pluginLoader, type BrokenPlugin, type LoadedPlugin } from './pluginLoader.js';
import { Registry } from './registry.js';
import { isMapping } from './spec/issues.js';
import { specJsonSchema } from './spec/jsonSchema.js';
import type { ComponentOf, ModelSpec, Strict } from './spec/modelSpec.js';
import { namesUnknownPart } from './spec/namesUnknownPart.js';
import { parseSpec } from './spec/parseSpec.js';
import { pluginsSchema } from './spec/schemas.js';
import { toPlainSpec, type ResolvedSpec } from './spec/resolvedSpec.js';

/** How a workbench is made. */
export interface WorkbenchOptions<TPlugins extends readonly Plugin[]> {
  readonly plugins: TPlugins;
  /** Where services live; an inversify container of its own if left out. */
  readonly container?: Container;
}

/** What a model is built from beside its spec. */
export interface BuildOptions {
  /** Folder that relative file names in the spec start from; the current folder if left out. */
  readonly baseFolder?: string;
  /** Training split, from which vocabularies, labels and label frequencies are learned. */
  readonly training?: Split;
  /** Vocabularies and labels already at hand; nothing is learned then. */
  readonly assets?: AssetsByPath;
  /** Values for parameters instead of initial ones. */
  readonly source?: ParameterSource;
}

/** Plugins, services and what can be done with specs. C is the union of the plugins' parts. */
export class Workbench<C extends AnyDefinition = AnyDefinition> {
  readonly registry: Registry;
  readonly container: Container;
  private readonly installed: LoadedPlugin[] = [];

  constructor(plugins: readonly Plugin[], container: Container) {
    this.registry = new Registry(plugins);
    this.container = container;
    if (!container.has(logger)) container.bind(logger, { value: silentLogger });
    if (!container.has(functionRunner)) container.bind(functionRunner, { value: eagerRunner });
  }

  /**
   * Checks a spec against the plugins in use, at compile time and at run time, and returns it unchanged.
   * @throws SpecError with every fault: path, what was given, what is allowed, the nearest known name.
   */
  defineModel<const S extends ModelSpec<C>>(spec: S & Strict<C, S>): S {
    parseSpec(spec, this.registry);
    return spec;
  }

  /** Checks a spec of unknown origin and fills in defaults. Throws SpecError. */
  resolve(spec: unknown): ResolvedSpec {
    return parseSpec(spec, this.registry);
  }

  /**
   * Brings in the plugins that a spec, not checked yet, names under `plugins`, and where it still has a part that nobody
   * registered, those of installed packages. An installed plugin that cannot be used is left out with a warning.
   * @param when - `if needed`: those it names are loaded only where a part is unknown, as suits a saved spec;
   * `if installed`: of those only what is installed, since modules that it names are not to be run
   * @returns the spec, with modules that it names by absolute path and installed packages that it needs by name
   * @throws SpecError for a plugin under `plugins` that cannot be used, RegistryError where it takes a taken name
   */
  async withPlugins(
    spec: unknown,
    baseFolder = '.',
    when: 'always' | 'if needed' | 'if installed' = 'always',
  ): Promise<unknown> {
    if (!this.container.has(pluginLoader)) return spec;
    const loader = this.container.get(pluginLoader);
    const lacks = (): boolean => namesUnknownPart(spec, this.registry);
    const named = isMapping(spec) ? pluginsSchema.safeParse(spec['plugins']).data : undefined;
    let complete = spec;
    if (named !== undefined && when !== 'if installed' && (when === 'always' || lacks())) {
      const loaded = await loader.load(named, baseFolder);
      for (const { plugin } of loaded) this.registry.add(plugin);
      complete = { ...(spec as object), plugins: loaded.map(({ specifier }) => specifier) };
    }
    if (lacks())
      this.installed.push(
        ...addUsable(this.registry, await loader.loadInstalled(baseFolder), this.container.get(logger)),
      );
    if (named !== undefined && when === 'if installed' && lacks()) throw notLoaded(named);
    return this.withInstalledNamed(complete);
  }

  /**
   * As {@link withPlugins}, for a saved model.
   * @param spec - another than the saved one, such as one with overrides
   * @throws SpecError that says how a plugin is given that is not where it was
   */
  async withSavedPlugins(
    { spec: own, folder = '.', runsModules = true }: Pick<SavedModel, 'spec' | 'folder' | 'runsModules'>,
    spec = own,
  ): Promise<unknown> {
    try {
      return await (runsModules
        ? this.withPlugins(spec, folder, 'if needed')
        : this.withPlugins(spec, '.', 'if installed'));
    } catch (error) {
      if (!(error instanceof SpecError)) throw error;
      throw new SpecError(
        `${error.message} The plugin of a saved model may also be given by --plugin FILE, or to createWorkbench.`,
        { cause: error },
      );
    }
  }

  /** Names the installed plugins that a spec has parts of, so that what is saved of it tells where they come from. */
  private withInstalledNamed(spec: unknown): unknown {
    const used = this.installed.filter(({ plugin }) => namesUnknownPart(spec, without(this.registry, plugin)));
    const named = pluginsSchema.safeParse(isMapping(spec) ? spec['plugins'] : undefined);
    if (used.length === 0 || !named.success) return spec;
    const plugins = new Set([...(named.data ?? []), ...used.map(({ specifier }) => specifier)]);
    return { ...(spec as object), plugins: [...plugins] };
  }

  /** The JSON Schema of specs with the plugins in use. */
  jsonSchema(): Record<string, unknown> {
    return specJsonSchema(this.registry);
  }

  /**
   * Builds a model with initial parameters, or those of `initialize` and `source`.
   * @throws SpecError when parts do not fit together, or a vocabulary or label list is neither given nor learnable.
   */
  async build<const S extends ModelSpec<C>>(spec: S, options: BuildOptions = {}): Promise<Model<C, S>> {
    const complete = await this.withPlugins(spec, options.baseFolder);
    return (await this.buildResolved(this.resolve(complete), options)) as unknown as Model<C, S>;
  }

  /** As {@link build}, for a spec that was resolved before. */
  async buildResolved(spec: ResolvedSpec, options: BuildOptions = {}): Promise<Model> {
    const baseFolder = options.baseFolder ?? '.';
    const { training } = options;
    const fit = (known: AssetsByPath = {}): Promise<AssetsByPath> =>
      fitAssets(spec, this.registry, { baseFolder, training, known, container: this.container });
    const request = { spec, registry: this.registry, training };
    if (options.source) {
      const assets = options.assets ?? (await fit());
      return buildModel({ ...request, assets, container: this.container.child(), source: options.source });
    }
    const initial = await this.initialValues(spec, baseFolder);
    try {
      const assets = options.assets ?? (await fit(initial.assets));
      const pinned = initial.pin(spec);
      const model = buildModel({
        ...request,
        assets,
        spec: pinned,
        container: this.container.child(),
        source: initial,
      });
      initial.report(model, this.container.get(logger));
      return model;
    } finally {
      initial.close();
    }
  }

  /**
   * Loads a saved model: a run folder or checkpoint. Its own spec says what it is; S may be given for its types.
   * @throws CheckpointError when it is missing, incomplete or damaged; SpecError when a plugin it needs is not in use.
   */
  async load<const S extends ModelSpec<C> = ModelSpec<C>>(location: string): Promise<Model<C, S>> {
    const saved = await this.container.get(checkpointReader).read(location);
    try {
      const spec = this.resolve(await this.withSavedPlugins(saved));
      const model = await this.buildResolved(spec, { assets: saved.assets, source: completeSource(saved.parameters) });
      return model as unknown as Model<C, S>;
    } finally {
      saved.parameters.close?.();
    }
  }

  /** Opens the data that a spec names. Throws SpecError without `data`, DataError for faults of the data. */
  async openData(spec: ResolvedSpec, baseFolder = '.'): Promise<Dataset> {
    if (!spec.data) {
      const names = this.registry.names('dataset');
      throw new SpecError([
        {
          path: 'data',
          message: `is required to train or evaluate: where the samples are. Known types: ${names.join(', ')}.`,
        },
      ]);
    }
    const definition = this.registry.get('dataset', spec.data.type);
    const modalities = Object.entries(spec.modalities).map(([name, choice]) => ({
      name,
      input: this.registry.get('encoder', choice.type).input,
    }));
    const heads = Object.keys(spec.heads).filter(
      (name) => this.registry.get('head', spec.heads[name]?.type ?? '').targets === 'label',
    );
    const request = { baseFolder, modalities, heads };
    return (await definition.create(
      spec.data.options as never,
      {} as never,
      { path: 'data', request } as never,
    )) as Dataset;
  }

  /** The spec as a user would write it, with every default spelled out. */
  plainSpec(spec: ResolvedSpec): Record<string, unknown> {
    return toPlainSpec(spec);
  }

  /** Disposes the container and what it made. Models are disposed with it. */
  dispose(): void {
    this.container.dispose();
  }

  /** What `initialize` of a spec names, opened. */
  private async initialValues(spec: ResolvedSpec, baseFolder: string): Promise<InitialValues> {
    if (Object.keys(spec.initialize).length === 0) return new InitialValues([]);
    if (!this.container.has(checkpointReader)) {
      throw new TesseraError(
        'initialize: no reader of saved models is bound. Use createWorkbench of the package "tessera", or bind checkpointReader.',
      );
    }
    return openInitialValues(spec, {
      reader: this.container.get(checkpointReader),
      logger: this.container.get(logger),
      baseFolder,
    });
  }
}

/** Registers what can be used of installed plugins, and warns of the rest: one that is broken takes no other down. */
function addUsable(registry: Registry, found: readonly (LoadedPlugin | BrokenPlugin)[], log: Logger): LoadedPlugin[] {
  return found.filter((one): one is LoadedPlugin => {
    const fault = 'fault' in one ? one.fault : faultOf(() => registry.add(one.plugin));
    if (fault !== undefined) log.warn(`the plugin ${one.name} is left out: ${fault}`);
    return fault === undefined;
  });
}

/** A registry as it would be without a plugin's parts. */
const without = (registry: Registry, { components }: Plugin): Pick<Registry, 'find'> => ({
  find: (kind, name) =>
    components.some((part) => part.kind === kind && part.name === name) ? undefined : registry.find(kind, name),
});

/** Why a model is not loaded that names plugins which nobody has. */
const notLoaded = (named: readonly string[]): SpecError =>
  new SpecError(
    `plugins: a packed model has no code in it and needs ${named.join(', ')}, got no installed plugin with its parts. Install it.`,
  );

/** The message of a user's mistake; undefined where there is none. */
function faultOf(call: () => void): string | undefined {
  try {
    call();
    return undefined;
  } catch (error) {
    if (isTesseraError(error)) return error.message;
    throw error;
  }
}

/** A saved model's parameters; one that is missing is an error, never a fresh start. */
const completeSource = (source: ParameterSource): ParameterSource => ({
  description: source.description,
  read: (path) => {
    const given = source.read(path);
    if (given) return given;
    throw new CheckpointError(
      `Checkpoint: every parameter of the model must be saved, got none for ${path} in ${source.description}. ` +
        'Load it with the plugins, of the versions, that it was trained with.',
    );
  },
});

/** A workbench over a list of plugins, whose parts then may stand in specs. */
export function createWorkbench<const TPlugins extends readonly Plugin[]>(
  options: WorkbenchOptions<TPlugins>,
): Workbench<ComponentOf<TPlugins>> {
  return new Workbench(options.plugins, options.container ?? inversifyContainer());
}
