import { variableGrads, type Scalar, type Variable } from '@tensorflow/tfjs-core';
import type { ParameterStore } from '@tessera/core';
import { writeThroughLayout, type Layout } from '@tessera/weights';
import { gradientError, relativeError, type Check, type GradientRecords, type Got } from './records.js';

/** A loss and its gradients as a fixture has them. */
export interface LossRecord {
  readonly loss: number;
  readonly gradients: GradientRecords;
}

/** What a loss is compared under. */
export interface LossCheckOptions {
  /** Name in the report. */
  readonly what: string;
  readonly parameters: ParameterStore;
  readonly layout: Layout;
  readonly tolerance: number;
  readonly gradientTolerance: number;
}

/** Compares a loss and the gradients of all parameters, under the names and shapes of the fixture. */
export async function lossChecks(loss: () => Scalar, want: LossRecord, options: LossCheckOptions): Promise<Check[]> {
  const { what, gradientTolerance } = options;
  const { value, gradients } = await gradientsOf(loss, options.parameters, options.layout);
  const { by_name: byName, scale_floor: floor } = want.gradients;
  const unexpected = [...gradients.keys()].filter((name) => !(name in byName));
  return [
    { what: `${what} loss`, error: relativeError(value, want.loss), tolerance: options.tolerance },
    ...Object.entries(byName).map(([name, record]) => ({
      what: `${what} gradient of ${name}`,
      error: gradientError(gradients.get(name), record, floor),
      tolerance: gradientTolerance,
    })),
    ...unexpected.map((name) => ({
      what: `${what} gradient of ${name}`,
      error: Infinity,
      tolerance: gradientTolerance,
    })),
  ];
}

/** The value of a loss and its gradients by the fixture's names. */
export async function gradientsOf(
  loss: () => Scalar,
  parameters: ParameterStore,
  layout: Layout,
): Promise<{ value: number; gradients: Map<string, Got> }> {
  const weights = parameters.list('weight');
  const { value, grads } = variableGrads(
    loss,
    weights.map((parameter) => parameter.value),
  );
  const reached = weights.filter((parameter) => (parameter.value as Variable).name in grads);
  const { tensors } = writeThroughLayout(
    layout,
    reached.map(({ path, shape, value: variable }) => ({
      name: path,
      shape,
      values: async () => (await grads[variable.name]?.data()) as Float32Array,
    })),
  );
  const gradients = new Map<string, Got>();
  for (const { name, shape, values } of tensors) gradients.set(name, { shape, values: await values() });
  const [scalarValue = NaN] = await value.data();
  value.dispose();
  for (const gradient of Object.values(grads)) gradient.dispose();
  return { value: scalarValue, gradients };
}
