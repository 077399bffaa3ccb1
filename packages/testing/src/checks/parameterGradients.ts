import { tidy, variableGrads, type Scalar, type Tensor } from '@tensorflow/tfjs-core';
import type { ParameterStore } from '@tessera/core';
import { tidyRecord } from '@tessera/layers';
import { expectFinite, expectThat } from '../expectations.js';

/**
 * The gradient of a scalar by parameter path; a weight that the scalar does not depend on has none.
 * @param value - scalar function of the weights; called inside a tidy
 */
export async function parameterGradients(
  parameters: ParameterStore,
  value: () => Scalar,
): Promise<ReadonlyMap<string, Float32Array>> {
  const weights = parameters.list('weight');
  const found = new Map<string, Float32Array>();
  if (weights.length === 0) return found;
  const gradients = tidyRecord(() => {
    const { grads } = variableGrads(
      () => tidy(value),
      weights.map((weight) => weight.value),
    );
    return grads;
  }) as Record<string, Tensor>;
  for (const { path, value: variable } of weights) {
    const gradient = gradients[variable.name];
    if (gradient) found.set(path, await gradient.data<'float32'>());
  }
  for (const gradient of Object.values(gradients)) gradient.dispose();
  return found;
}

/**
 * Throws ContractError unless every trained parameter has a finite gradient that is not zero everywhere.
 * @param except - paths that get none by design, such as the bias of attention's keys, which shifts all scores alike
 */
export async function expectGradientReaches(
  parameters: ParameterStore,
  value: () => Scalar,
  { what, except }: { readonly what: string; readonly except?: RegExp | undefined },
): Promise<void> {
  if (parameters.list('weight').length === 0) return;
  const gradients = await parameterGradients(parameters, value);
  for (const { path } of parameters.list('weight')) {
    const gradient = gradients.get(path);
    if (gradient) expectFinite(gradient, `${what}, gradient of ${path}`);
    if (except?.test(path)) continue;
    expectThat(
      gradient?.some((slope) => slope !== 0) ?? false,
      `${what}: a gradient must reach every trained parameter, got ${gradient ? 'zeros' : 'none'} for ${path}. ` +
        'Use it, make it a buffer, or name it in withoutGradient.',
    );
  }
}
