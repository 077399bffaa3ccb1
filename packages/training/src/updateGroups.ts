import { SpecError, type Optimizer, type Parameter, type ResolvedTraining } from '@tessera/core';
import { fitsPattern } from './parameterPattern.js';

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
 * Biases and normalisation parameters do not decay unless a group says otherwise.
 * @throws SpecError for a pattern that fits no parameter.
 */
export function updateRules(
  parameters: readonly Parameter[],
  groups: ResolvedTraining['groups'],
  optimizer: Optimizer,
): UpdateRule[] {
  groups.forEach(({ parameters: pattern }, i) => {
    if (parameters.some(({ path }) => fitsPattern(path, pattern))) return;
    const heads = [...new Set(parameters.map(({ path }) => path.split('.').slice(0, 2).join('.')))];
    throw new SpecError([
      {
        path: `training.groups[${i}].parameters`,
        message: `fits no parameter, got "${pattern}". Paths start with: ${heads.join(', ')}; * stands for any characters.`,
      },
    ]);
  });
  return parameters.map((parameter) => {
    const group = groups.find(({ parameters: pattern }) => fitsPattern(parameter.path, pattern));
    return {
      parameter,
      learningRate: group?.learningRate ?? optimizer.learningRate,
      weightDecay: group?.weightDecay ?? (parameter.decays ? optimizer.weightDecay : 0),
    };
  });
}
