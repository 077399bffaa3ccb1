import { isUnder, type Model, type Parameter, type ResolvedTraining } from '@tessera/core';

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
