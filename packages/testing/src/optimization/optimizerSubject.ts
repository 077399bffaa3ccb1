import { scalar, tensor, zeros, type Scalar, type Tensor } from '@tensorflow/tfjs-core';
import type { AnyDefinition, Optimizer, UpdateInput } from '@tessera/core';
import { tidyRecord } from '@tessera/layers';
import { readTensors } from '../checks/tensorReading.js';
import { createIn, homeOf, type PartSetting } from '../parts/partSetting.js';

/** What {@link optimizerContract} looks at. */
export interface OptimizerSubject {
  readonly optimizer: Optimizer;
  dispose(): void;
}

/** Creates an optimizer. */
export async function optimizerSubject(definition: AnyDefinition, given: PartSetting): Promise<OptimizerSubject> {
  const home = homeOf(definition, given);
  const created = await createIn<Optimizer, 'optimizer'>(home, definition, given, { path: 'training.optimizer' });
  return { optimizer: created.part, dispose: created.dispose };
}

/** Where a parameter starts and how it is updated. */
export interface Descent {
  /** The gradient of each update, or how it follows from the parameter. */
  readonly gradient: readonly number[] | ((parameter: Tensor) => Tensor);
  readonly start?: readonly number[];
  /** 1 if left out. */
  readonly updates?: number;
  readonly learningRate?: number;
  readonly weightDecay?: number;
  readonly gradientScale?: number;
}

/** Values that parameters start from. */
export const exampleStart: readonly number[] = [1, -2, 0.5, -0.25];

/** A parameter and its slots after updates. */
export interface DescentResult {
  readonly parameter: readonly number[];
  readonly slots: Readonly<Record<string, readonly number[]>>;
}

/** The input of one update from zero slots. The caller disposes the tensors. */
export function updateInput(optimizer: Optimizer, parameter: Tensor, descent: Descent, updates: number): UpdateInput {
  const { gradient, learningRate = 0.1, weightDecay = 0, gradientScale } = descent;
  return {
    parameter,
    gradient: typeof gradient === 'function' ? gradient(parameter) : tensor([...gradient], parameter.shape),
    slots: Object.fromEntries(optimizer.slots.map((name) => [name, zeros(parameter.shape)])),
    learningRate: scalar(learningRate),
    scalars: Object.fromEntries(
      Object.entries(optimizer.stepScalars(updates)).map(([name, value]): [string, Scalar] => [name, scalar(value)]),
    ),
    ...(gradientScale !== undefined && { gradientScale: scalar(gradientScale) }),
    weightDecay,
  };
}

/** Runs updates one after the other. */
export async function descend(optimizer: Optimizer, descent: Descent): Promise<DescentResult> {
  const { start = exampleStart, updates = 1 } = descent;
  const read = await readTensors(() => {
    let parameter: Tensor = tensor([...start], [2, start.length / 2]);
    let slots: UpdateInput['slots'] | undefined;
    for (let step = 1; step <= updates; step++) {
      ({ parameter, slots } = tidyRecord(() => {
        const input = updateInput(optimizer, parameter, descent, step);
        return optimizer.update(slots ? { ...input, slots } : input);
      }));
    }
    return {
      parameter,
      ...Object.fromEntries(Object.entries(slots ?? {}).map(([name, slot]) => [`slot ${name}`, slot])),
    };
  });
  const { parameter, ...slots } = read as Record<string, { values: readonly number[] }>;
  return {
    parameter: parameter?.values ?? [],
    slots: Object.fromEntries(Object.entries(slots).map(([name, { values }]) => [name.slice('slot '.length), values])),
  };
}
