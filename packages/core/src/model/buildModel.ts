// The only place, beside the workbench, that resolves services: parts get everything through their constructor.
import type { Container } from '../container/container.js';
import type { Split } from '../contracts/dataset.js';
import type { Encoder } from '../contracts/encoder.js';
import type { Fusion, ModalityShape } from '../contracts/fusion.js';
import type { Head, Loss, TargetKind, TargetStatistics } from '../contracts/objective.js';
import type { ParameterSource } from '../contracts/parameters.js';
import type { AnyDefinition, ContextByKind, Definition, PartKind } from '../definition.js';
import { SpecError } from '../errors.js';
import { ParameterStore } from '../parameterStore.js';
import type { Registry } from '../registry.js';
import type { HeadChoice, ResolvedSpec } from '../spec/resolvedSpec.js';
import type { AssetsByPath } from './fitAssets.js';
import { Model, type BuiltHead } from './model.js';

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
    const heads = new Map(
      Object.entries(spec.heads).map(([name, choice]) => [name, buildHead(request, parameters, fusion, name, choice)]),
    );
    return new Model({ spec, encoders, fusion, heads, parameters, assets, dispose: () => container.dispose() });
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

function buildHead(
  request: BuildRequest,
  parameters: ParameterStore,
  fusion: Fusion,
  name: string,
  choice: HeadChoice,
): BuiltHead {
  const { registry } = request;
  const path = `heads.${name}`;
  const head = createPart<Head>(request, registry.get('head', choice.type), choice.options, {
    path,
    parameters: parameters.scope(path),
    inputWidth: fusion.pooledWidth,
    assets: request.assets[path] ?? {},
  });
  const lossChoice = choice.loss ?? { type: defaultLoss[head.targetKind], options: {} };
  const lossDefinition = registry.get('loss', lossChoice.type);
  const lossOptions = choice.loss ? choice.loss.options : lossDefinition.config.parse({});
  const loss = createPart<Loss>(request, lossDefinition, lossOptions, {
    path: `${path}.loss`,
    numOutputs: head.numOutputs,
    targetKind: head.targetKind,
    labels: head.labels,
    statistics: countTargets(head, name, request.training),
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
  const metrics = choice.metrics ?? head.defaultMetrics;
  return { head, loss, weight: choice.weight, metrics: [...new Set([...metrics, head.mainMetric])] };
}

function countTargets(head: Head, name: string, split: Split | undefined): TargetStatistics {
  if (!split) return { numSamples: 0, counts: [] };
  const counts = new Array<number>(head.numOutputs).fill(0);
  let numSamples = 0;
  for (let i = 0; i < split.length; i++) {
    const target = split.sample(i).targets[name];
    if (target === undefined) continue;
    numSamples += 1;
    const row = head.encodeTarget(target);
    if (head.targetKind === 'class-index') counts[row[0] ?? 0] = (counts[row[0] ?? 0] ?? 0) + 1;
    else if (head.targetKind === 'multi-hot')
      row.forEach((value, output) => (counts[output] = (counts[output] ?? 0) + value));
  }
  return { numSamples, counts };
}

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
