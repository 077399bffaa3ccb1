// Contracts await what they read: no backend has to answer synchronously.
import { mul, scalar, sum, tensor, type DataType, type Scalar, type Tensor } from '@tensorflow/tfjs-core';
import { RandomSource, type ForwardContext } from '@tessera/core';
import { tidyRecord, trainingContext } from '@tessera/layers';

/** A tensor that was read and freed. */
export interface TensorReading {
  readonly shape: readonly number[];
  readonly dtype: DataType;
  readonly values: readonly number[];
}

type Optional<TTensors> = { readonly [K in keyof TTensors]: TensorReading };

/** Runs a step in a tidy, reads the tensors that it returns, by name, and frees them. */
export async function readTensors<TTensors extends object>(step: () => TTensors): Promise<Optional<TTensors>> {
  const tensors = Object.entries(tidyRecord(step)) as [string, Tensor | undefined][];
  const readings = new Map<string, TensorReading>();
  for (const [name, given] of tensors) {
    if (!given) continue;
    const { shape, dtype } = given;
    readings.set(name, { shape: [...shape], dtype, values: Array.from(await given.data()) });
  }
  for (const [, given] of tensors) given?.dispose();
  return Object.fromEntries(readings) as Optional<TTensors>;
}

/** Standard normal numbers, times `scale`, that depend on size and seed alone. */
export function randomNumbers(size: number, seed: number | string, scale = 1): number[] {
  const random = new RandomSource(`testing: ${size} of ${seed}`);
  return Array.from({ length: size }, () => scale * random.normal());
}

/** A tensor of {@link randomNumbers}. */
export function randomTensor<TTensor extends Tensor = Tensor>(
  shape: readonly number[],
  seed: number,
  scale = 1,
): TTensor {
  const size = shape.reduce((product, dimension) => product * dimension, 1);
  return tensor(randomNumbers(size, seed, scale), [...shape], 'float32') as TTensor;
}

/** Σ x · r with random r: a scalar whose gradient differs for every element of x. */
export const weightedSum = (x: Tensor, seed = 1): Scalar => sum(mul(x, randomTensor(x.shape, seed)));

/**
 * Runs a step as one of training, with the batch's statistics. Its draws follow from the seed; what it records for
 * buffers is freed. Call it inside a tidy.
 */
export function inTraining<TResult>(seed: number, step: (context: ForwardContext) => TResult): TResult {
  const context = trainingContext({ seed: scalar(seed, 'int32') });
  try {
    return step(context);
  } finally {
    for (const update of context.updates.values()) update.dispose();
  }
}

/** The rows of a reading whose first axis is B. */
export function rowsOf({ shape, values }: TensorReading): readonly (readonly number[])[] {
  const [batch = 0] = shape;
  const width = batch === 0 ? 0 : values.length / batch;
  return Array.from({ length: batch }, (_, i) => values.slice(i * width, (i + 1) * width));
}
