import type { Fusion } from '../contracts/fusion.js';
import type { Head, Loss, Metric, TargetKind, TargetStatistics } from '../contracts/objective.js';
import { SpecError } from '../errors.js';
import type { ParameterScope } from '../contracts/parameters.js';
import type { ParameterStore } from '../parameterStore.js';
import type { HeadChoice } from '../spec/resolvedSpec.js';
import type { BuildRequest } from './buildRequest.js';
import { AveragedHead } from './averagedHead.js';
import { createPart } from './createPart.js';
import type { AssetsByPath } from './fitAssets.js';
import type { BuiltHead } from './model.js';
import { countTargets, savedStatistics, targetStatisticsFile } from './targetStatistics.js';

const defaultLoss: Readonly<Record<TargetKind, string>> = {
  'class-index': 'cross-entropy',
  'multi-hot': 'bce',
  real: 'mse',
  pair: 'info-nce',
};

/** A model's heads by name, and their assets where training data added to them. */
export interface BuiltHeads {
  readonly heads: ReadonlyMap<string, BuiltHead>;
  readonly assets: AssetsByPath;
}

/** Builds the heads of a spec with their losses and metrics. */
export function buildHeads(request: BuildRequest, parameters: ParameterStore, fusion: Fusion): BuiltHeads {
  const heads = new Map<string, BuiltHead>();
  const assets: Record<string, AssetsByPath[string]> = {};
  for (const [name, choice] of Object.entries(request.spec.heads)) {
    const path = `heads.${name}`;
    const head = buildHead(request, { path, choice, parameters: parameters.scope(path), fusion });
    const counted = request.training && countTargets(head, name, request.training);
    if (counted) assets[path] = { ...request.assets[path], [targetStatisticsFile]: JSON.stringify(counted) };
    const statistics = counted ?? savedStatistics(request.assets[path]);
    const loss = createLoss(request, { path, choice, head, statistics });
    for (const metric of choice.metrics ?? []) requireMetricFits(request, metric, { path, choice, head });
    const metrics = new Set([...(choice.metrics ?? head.defaultMetrics), head.mainMetric]);
    heads.set(name, { head, loss, weight: choice.weight, metrics: [...metrics] });
  }
  return { heads, assets };
}

interface HeadPlan {
  readonly path: string;
  readonly choice: HeadChoice;
  readonly parameters: ParameterScope;
  readonly fusion: Fusion;
}

/** One head; where the fusion keeps modalities apart and the head reads one state, one for each modality. */
function buildHead(request: BuildRequest, { path, choice, parameters, fusion }: HeadPlan): Head {
  const definition = request.registry.get('head', choice.type);
  const readsViews = definition.reads === 'views';
  const create = (inputWidth: number, scope = parameters): Head =>
    createPart<Head>(request, definition, choice.options, {
      ...{ path, inputWidth, parameters: scope },
      ...(readsViews && { views: fusion.views }),
      assets: request.assets[path] ?? {},
    });
  if (readsViews && !fusion.views) throw joinsModalities(path, choice, request.spec.fusion.type);
  if (readsViews || !fusion.views) return create(fusion.pooledWidth);
  return new AveragedHead(
    fusion.views.map(({ modality, width }) => ({ modality, head: create(width, parameters.scope(modality)) })),
  );
}

const joinsModalities = (path: string, { type }: HeadChoice, fusion: string): SpecError =>
  new SpecError([
    {
      path,
      message: `${type} reads each modality's own features, got fusion ${fusion}, which joins them. Use fusion late.`,
    },
  ]);

/** A head and where it comes from. */
interface HeadInPlace {
  readonly path: string;
  readonly choice: HeadChoice;
  readonly head: Head;
}

function createLoss(
  request: BuildRequest,
  { path, choice, head, statistics }: HeadInPlace & { readonly statistics: TargetStatistics },
): Loss {
  const lossChoice = choice.loss ?? { type: defaultLoss[head.targetKind], options: {} };
  const definition = request.registry.get('loss', lossChoice.type);
  const options = choice.loss ? choice.loss.options : definition.config.parse({});
  const loss = createPart<Loss>(request, definition, options, {
    path: `${path}.loss`,
    numOutputs: head.numOutputs,
    targetKind: head.targetKind,
    labels: head.labels,
    statistics,
  });
  if (loss.targetKind === head.targetKind) return loss;
  throw new SpecError([
    {
      path: `${path}.loss`,
      message:
        `${lossChoice.type} takes ${loss.targetKind} targets, got ${choice.type}, which gives ${head.targetKind}. ` +
        `Use ${defaultLoss[head.targetKind]}, or another head.`,
    },
  ]);
}

function requireMetricFits(request: BuildRequest, name: string, { path, choice, head }: HeadInPlace): void {
  const { registry } = request;
  const kindsOf = (metric: string): readonly TargetKind[] => {
    const definition = registry.get('metric', metric);
    return createPart<Metric>(request, definition, definition.config.parse({}), { path: `${path}.metrics` })
      .targetKinds;
  };
  const fits = (metric: string): boolean => kindsOf(metric).includes(head.targetKind);
  if (fits(name)) return;
  const message = `${name} takes ${kindsOf(name).join(' or ')} targets, got ${choice.type}, which gives ${head.targetKind}.`;
  const others = registry.names('metric').filter(fits);
  throw new SpecError([{ path: `${path}.metrics`, message: `${message} Use ${others.join(', ')}.` }]);
}
