// The only place, beside the workbench, that resolves services: parts get everything through their constructor.
import type { Container } from '../container/container.js';
import type { Split } from '../contracts/dataset.js';
import type { Encoder } from '../contracts/encoder.js';
import type { Fusion, ModalityShape } from '../contracts/fusion.js';
import type { Head, Loss, Metric, TargetKind, TargetStatistics } from '../contracts/objective.js';
import type { ParameterSource } from '../contracts/parameters.js';
import type { AnyDefinition, Assets, ContextByKind, Definition, PartKind } from '../definition.js';
import { SpecError } from '../errors.js';
import { ParameterStore } from '../parameterStore.js';
import type { Registry } from '../registry.js';
import type { HeadChoice, ResolvedSpec } from '../spec/resolvedSpec.js';
import type { AssetsByPath } from './fitAssets.js';
import { Model, type BuiltHead } from './model.js';
import { countTargets, savedStatistics, targetStatisticsFile } from './targetStatistics.js';

/** What a model is built from beside its spec. */
export interface BuildRequest {
  readonly spec: ResolvedSpec;
  readonly registry: Registry;
  /** The model's own container, a child of the workbench's; the model disposes it. */
  readonly container: Container;
  readonly assets: AssetsByPath;
  /** Values for parameters instead of initial ones. */
  readonly source?: ParameterSource;
  /** Training split, for losses that look at label frequencies. */
  readonly training?: Split;
}

const defaultLoss: Readonly<Record<TargetKind, string>> = {
  'class-index': 'cross-entropy',
  'multi-hot': 'bce',
  real: 'mse',
};

/** Builds encoders, fusion and heads of a checked spec, in that order, and wires what they need from each other. */
export function buildModel(request: BuildRequest): Model {
  const { spec, registry, container, assets } = request;
  const parameters = new ParameterStore(spec.training.seed, request.source);
  try {
    const fusionDefinition = registry.get('fusion', spec.fusion.type);
    for (const { token, create } of fusionDefinition.provides) {
      container.bind(token, {
        factory: () => create(spec.fusion.options as never, { path: 'fusion', parameters: parameters.scope('fusion') }),
      });
    }
    const encoders = new Map(
      Object.keys(spec.modalities).map((modality) => [modality, buildEncoder(request, parameters, modality)]),
    );
    const fusion = createPart<Fusion>(request, fusionDefinition, spec.fusion.options, {
      path: 'fusion',
      parameters: parameters.scope('fusion'),
      modalities: [...encoders].map(([modality, encoder]) => shapeOf(modality, encoder)),
    });
    const statistics: Record<string, TargetStatistics> = {};
    const heads = new Map(
      Object.entries(spec.heads).map(([name, choice]) => {
        const head = createHead(request, parameters, fusion, name, choice);
        const counted = request.training && countTargets(head, name, request.training);
        if (counted) statistics[`heads.${name}`] = counted;
        return [name, equipHead(request, name, head, counted ?? savedStatistics(assets[`heads.${name}`]))];
      }),
    );
    const withStatistics = { ...assets, ...keepStatistics(assets, statistics) };
    return new Model({ spec, encoders, fusion, heads, parameters, assets: withStatistics, dispose: () => container.dispose() });
  } catch (error) {
    parameters.dispose();
    container.dispose();
    throw error;
  }
}

function buildEncoder(request: BuildRequest, parameters: ParameterStore, modality: string): Encoder {
  const choice = request.spec.modalities[modality] ?? { type: '', options: {} };
  const path = `modalities.${modality}`;
  const definition = request.registry.get('encoder', choice.type);
  return createPart<Encoder>(request, definition, choice.options, {
    path,
    modality,
    parameters: parameters.scope(`${path}.encoder`),
    assets: request.assets[path] ?? {},
  });
}

function createHead(
  request: BuildRequest,
  parameters: ParameterStore,
  fusion: Fusion,
  name: string,
  choice: HeadChoice,
): Head {
  const path = `heads.${name}`;
  return createPart<Head>(request, request.registry.get('head', choice.type), choice.options, {
    path,
    parameters: parameters.scope(path),
    inputWidth: fusion.pooledWidth,
    assets: request.assets[path] ?? {},
  });
}

/** Gives a head its loss and metrics. Throws SpecError for those that do not take its targets. */
function equipHead(request: BuildRequest, name: string, head: Head, statistics: TargetStatistics): BuiltHead {
  const { registry, spec } = request;
  const path = `heads.${name}`;
  const choice = spec.heads[name] ?? { type: '', options: {}, weight: 1 };
  const lossChoice = choice.loss ?? { type: defaultLoss[head.targetKind], options: {} };
  const lossDefinition = registry.get('loss', lossChoice.type);
  const lossOptions = choice.loss ? choice.loss.options : lossDefinition.config.parse({});
  const loss = createPart<Loss>(request, lossDefinition, lossOptions, {
    path: `${path}.loss`,
    numOutputs: head.numOutputs,
    targetKind: head.targetKind,
    labels: head.labels,
    statistics,
  });
  if (loss.targetKind !== head.targetKind) {
    throw new SpecError([
      {
        path: `${path}.loss`,
        message:
          `${lossChoice.type} takes ${loss.targetKind} targets, got ${choice.type}, which gives ${head.targetKind}. ` +
          `Use ${defaultLoss[head.targetKind]}, or another head.`,
      },
    ]);
  }
  for (const metric of choice.metrics ?? []) requireMetricFits(request, metric, { path, type: choice.type, head });
  const metrics = choice.metrics ?? head.defaultMetrics;
  return { head, loss, weight: choice.weight, metrics: [...new Set([...metrics, head.mainMetric])] };
}

function requireMetricFits(
  request: BuildRequest,
  name: string,
  { path, type, head }: { path: string; type: string; head: Head },
): void {
  const metricOf = (metric: string): Metric =>
    createPart<Metric>(request, request.registry.get('metric', metric), {}, { path: `${path}.metrics` });
  const takes = (metric: string): boolean => metricOf(metric).targetKinds.includes(head.targetKind);
  if (takes(name)) return;
  const message = `${name} takes ${metricOf(name).targetKinds.join(' or ')} targets, got ${type}, which gives ${head.targetKind}.`;
  const others = request.registry.names('metric').filter(takes);
  throw new SpecError([{ path: `${path}.metrics`, message: `${message} Use ${others.join(', ')}.` }]);
}

/** The heads' assets with the statistics beside what they hold already. */
const keepStatistics = (
  assets: AssetsByPath,
  statistics: Readonly<Record<string, TargetStatistics>>,
): Record<string, Assets> =>
  Object.fromEntries(
    Object.entries(statistics).map(([path, counted]) => [
      path,
      { ...assets[path], [targetStatisticsFile]: JSON.stringify(counted) },
    ]),
  );

const shapeOf = (modality: string, encoder: Encoder): ModalityShape => ({
  modality,
  tokenWidth: encoder.tokenWidth,
  maxTokens: encoder.maxTokens,
  fixedLength: encoder.fixedLength,
  tokenSpace: encoder.tokenSpace,
  numParts: encoder.numParts,
});

/** Creates a part with the services it needs. */
function createPart<TPart>(
  request: BuildRequest,
  definition: AnyDefinition,
  options: Readonly<Record<string, unknown>>,
  context: ContextByKind[PartKind],
): TPart {
  const services: Record<string, unknown> = {};
  for (const [name, token] of Object.entries(definition.needs)) {
    if (!request.container.has(token))
      throw new SpecError([{ path: context.path, message: explainMissing(request, definition, token.key) }]);
    services[name] = request.container.get(token);
  }
  return definition.create(options as never, services as never, context as never) as TPart;
}

function explainMissing(request: BuildRequest, definition: Definition, key: string): string {
  const token = Object.values(definition.needs).find((need) => need.key === key);
  const provides = (fusion: AnyDefinition): boolean => fusion.provides.some((provider) => provider.token.key === key);
  const fusions = request.registry
    .list('fusion')
    .flatMap(({ definition: fusion }) => (provides(fusion) ? [fusion.name] : []));
  const encoders = request.registry
    .list('encoder')
    .flatMap(({ definition: encoder }) =>
      definition.kind === 'encoder' && encoder.input === definition.input && !(key in keysOf(encoder))
        ? [encoder.name]
        : [],
    );
  return (
    `${definition.kind} "${definition.name}" needs ${token?.description ?? key}, got fusion "${request.spec.fusion.type}", which provides none. ` +
    (fusions.length
      ? `Use fusion ${fusions.join(' or ')}`
      : `Bind "${key}" in the workbench's container, or add a plugin whose fusion provides it`) +
    (encoders.length ? `, or encoder ${encoders.join(' or ')}.` : '.')
  );
}

const keysOf = (definition: AnyDefinition): Record<string, true> =>
  Object.fromEntries(Object.values(definition.needs).map((need) => [need.key, true]));
