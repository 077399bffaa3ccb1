import { fitsPattern, isUnder, SpecError, type Model, type Parameter, type ResolvedTraining } from '@tessera/core';

/** What is trained in an epoch, and how; the same from its first batch to its last. */
export interface Stage {
  /** Equal for epochs that train the same. */
  readonly key: string;
  readonly trained: readonly Parameter[];
  /** Whether the normalisation at a path uses the batch's statistics. */
  readonly usesBatchStatistics: (path: string) => boolean;
}

/** The stage of an epoch (from 0). Throws SpecError when `training.fixed` leaves nothing to train. */
export function stageOf(model: Pick<Model, 'encoders' | 'parameters' | 'spec'>, epoch: number): Stage {
  const { freeze, frozenBatchNorm, fixed } = model.spec.training;
  const frozen = frozenPrefixes(model, freeze, epoch);
  const isFixed = ({ path }: Parameter): boolean => fixed.some((pattern) => fitsPattern(path, pattern));
  if (fixed.length > 0 && trainedParameters(model, []).every(isFixed)) {
    const message = `must leave some parameters to train, got ${fixed.join(', ')}, which fits all of them. Name fewer.`;
    throw new SpecError([{ path: 'training.fixed', message }]);
  }
  return {
    key: `frozen ${frozen.join(',') || 'nothing'}, batch norm ${frozenBatchNorm}`,
    trained: trainedParameters(model, frozen).filter((parameter) => !isFixed(parameter)),
    usesBatchStatistics: (path) => frozenBatchNorm === 'batch' || !frozen.some((prefix) => isUnder(path, prefix)),
  };
}

/** Path prefixes held fixed in an epoch (from 0): the towers of modalities that `training.freeze` still freezes. */
export function frozenPrefixes(
  model: Pick<Model, 'encoders'>,
  freeze: ResolvedTraining['freeze'],
  epoch: number,
): string[] {
  return Object.entries(freeze)
    .filter(([, epochs]) => epoch < epochs)
    .flatMap(([modality]) => [...(model.encoders.get(modality)?.towerPaths ?? [])]);
}

/** The weights that are trained while `prefixes` are frozen. */
export function trainedParameters(model: Pick<Model, 'parameters'>, prefixes: readonly string[]): Parameter[] {
  return model.parameters.list('weight').filter(({ path }) => !prefixes.some((prefix) => isUnder(path, prefix)));
}
