import { fitsPattern, SpecError, type Optimizer, type Parameter, type ResolvedTraining } from '@tessera/core';

/** How one parameter is updated; the same in every step. */
export interface UpdateRule {
  readonly parameter: Parameter;
  /** Peak learning rate. */
  readonly learningRate: number;
  /** 0 when the parameter is excluded from decay. */
  readonly weightDecay: number;
}

/**
 * The rate and decay of each parameter: the first pattern of `training.groups` that fits, else the optimizer's own.
 * Biases and normalisation parameters do not decay unless a group or `decays` says otherwise.
 * @throws SpecError for a pattern that fits no parameter, or only those that earlier groups have taken.
 */
export function updateRules(
  parameters: readonly Parameter[],
  groups: ResolvedTraining['groups'],
  optimizer: Optimizer,
  { decays = (parameter) => parameter.decays }: { readonly decays?: (parameter: Parameter) => boolean } = {},
): UpdateRule[] {
  const chosen = parameters.map(({ path }) =>
    groups.findIndex(({ parameters: pattern }) => fitsPattern(path, pattern)),
  );
  groups.forEach(({ parameters: pattern, optional = false }, i) => {
    if (!chosen.includes(i) && !optional) throw uselessGroup(i, pattern, parameters);
  });
  return parameters.map((parameter, i) => {
    const group = groups[chosen[i] ?? -1];
    return {
      parameter,
      learningRate: (group?.learningRate ?? optimizer.learningRate) * (group?.rateFactor ?? 1),
      weightDecay: group?.weightDecay ?? (decays(parameter) ? optimizer.weightDecay : 0),
    };
  });
}

/**
 * Which parameters decay when the weights of BatchNorm do too, as in facebookresearch/mmbt, whose exceptions are names
 * with `bias` and `LayerNorm`. BatchNorm is what keeps a running mean beside its weight.
 */
export function decaysWithBatchNorm(buffers: readonly Parameter[]): (parameter: Parameter) => boolean {
  const paths = new Set(buffers.map(({ path }) => path));
  return ({ path, decays }) =>
    decays || (path.endsWith('.weight') && paths.has(path.replace(/weight$/, 'runningMean')));
}

/** The error for a group that no parameter is in. */
function uselessGroup(index: number, pattern: string, parameters: readonly Parameter[]): SpecError {
  const path = `training.groups[${index}].parameters`;
  if (parameters.some((parameter) => fitsPattern(parameter.path, pattern))) {
    const message = `fits only parameters that earlier groups have taken, got "${pattern}". Put the narrower pattern first.`;
    return new SpecError([{ path, message }]);
  }
  const starts = [...new Set(parameters.map((parameter) => parameter.path.split('.').slice(0, 2).join('.')))];
  const message = `fits no parameter, got "${pattern}". Paths start with: ${starts.join(', ')}; * stands for any characters.`;
  return new SpecError([{ path, message }]);
}
