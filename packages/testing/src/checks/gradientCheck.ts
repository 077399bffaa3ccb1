// Gradients against central differences of fourth order: f'(x) ≈ (f(x−2h) − 8 f(x−h) + 8 f(x+h) − f(x+2h)) / 12h, whose
// error of h⁴ lets h be large enough for float32.
import { add, grads, mul, sum, tensor, tidy, type Scalar, type Tensor } from '@tensorflow/tfjs-core';
import { RandomSource, type ParameterStore } from '@tessera/core';
import { ContractError, expectThat } from '../expectations.js';
import { parameterGradients } from './parameterGradients.js';

/** How a gradient is checked. */
export interface GradientCheckOptions {
  /** h, in the unit of the inputs; 0.02 if left out. Kinks (ReLU, max) nearer than 2 h spoil the differences. */
  readonly step?: number;
  /**
   * Random directions, over all inputs at once, in which the slope is compared; every element by itself if left out,
   * which takes four evaluations each.
   */
  readonly directions?: number;
  /** Largest error that passes; 2e-3 if left out. */
  readonly tolerance?: number;
}

/** Slopes in as many directions. */
interface Slopes {
  readonly gradient: readonly number[];
  readonly differences: readonly number[];
}

/**
 * Largest difference between a function's gradient and the differences of its value, relative to the largest slope or 1.
 * @param value - scalar function of the inputs; called inside a tidy
 * @param inputs - float32 tensors of any shape. Borrowed.
 */
export async function gradientError(
  value: (...inputs: Tensor[]) => Scalar,
  inputs: readonly Tensor[],
  options: GradientCheckOptions = {},
): Promise<number> {
  const directions = directionsOf(
    inputs.map(({ shape }) => shape),
    options.directions,
  );
  const gradient = tidy(() => grads(value)([...inputs]));
  try {
    const gradients = await Promise.all(gradient.map((part) => part.data<'float32'>()));
    const differences: number[] = [];
    for (const direction of directions) {
      differences.push(
        await difference(options.step ?? 0.02, (by) => value(...inputs.map((x, i) => moved(x, direction[i], by)))),
      );
    }
    return errorOf({ gradient: directions.map((direction) => slope(gradients, direction)), differences });
  } finally {
    for (const part of gradient) part.dispose();
  }
}

/** Throws ContractError unless {@link gradientError} is within the tolerance. */
export async function expectGradient(
  value: (...inputs: Tensor[]) => Scalar,
  inputs: readonly Tensor[],
  options: GradientCheckOptions & { readonly what?: string } = {},
): Promise<void> {
  requireSmall(await gradientError(value, inputs, options), options);
}

/**
 * As {@link gradientError}, with respect to all weights of a store, in random directions (2 if left out). The weights
 * are as before afterwards.
 * @param value - scalar function of the weights; called inside a tidy
 */
export async function parameterGradientError(
  parameters: ParameterStore,
  value: () => Scalar,
  options: GradientCheckOptions = {},
): Promise<number> {
  const weights = parameters.list('weight');
  if (weights.length === 0) return 0;
  const directions = directionsOf(
    weights.map(({ shape }) => shape),
    options.directions ?? 2,
  );
  const found = await parameterGradients(parameters, value);
  const gradients = weights.map(({ path, shape }) => found.get(path) ?? new Float32Array(sizeOf(shape)));
  const originals = weights.map((parameter) => parameter.value.clone());
  try {
    const differences: number[] = [];
    for (const direction of directions) {
      const at = (by: number): Scalar => {
        weights.forEach(({ value: variable }, i) => variable.assign(moved(originals[i] as Tensor, direction[i], by)));
        return value();
      };
      differences.push(await difference(options.step ?? 0.02, at));
    }
    return errorOf({ gradient: directions.map((direction) => slope(gradients, direction)), differences });
  } finally {
    weights.forEach(({ value: variable }, i) => variable.assign(originals[i] as Tensor));
    for (const original of originals) original.dispose();
  }
}

/** Throws ContractError unless {@link parameterGradientError} is within the tolerance. */
export async function expectParameterGradients(
  parameters: ParameterStore,
  value: () => Scalar,
  options: GradientCheckOptions & { readonly what?: string } = {},
): Promise<void> {
  requireSmall(await parameterGradientError(parameters, value, options), options);
}

type Direction = readonly Float32Array[];

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, dimension) => product * dimension, 1);

/** Random directions of length 1 over all inputs, or one along each element. */
function directionsOf(shapes: readonly (readonly number[])[], count: number | undefined): Direction[] {
  const sizes = shapes.map(sizeOf);
  const total = sizes.reduce((a, b) => a + b, 0);
  const numbers =
    count === undefined
      ? Array.from({ length: total }, (_, at) => new Float32Array(total).fill(1, at, at + 1))
      : Array.from({ length: count }, (_, i) => unitVector(total, new RandomSource(`direction ${i}`)));
  return numbers.map((flat) => {
    let start = 0;
    return sizes.map((size) => flat.subarray(start, (start += size)));
  });
}

function unitVector(size: number, random: RandomSource): Float32Array {
  const vector = Float32Array.from({ length: size }, () => random.normal());
  const length = Math.hypot(...vector);
  return vector.map((x) => x / length);
}

const moved = (x: Tensor, direction: Float32Array | undefined, by: number): Tensor =>
  add(x, mul(tensor(direction ?? [], [...x.shape], 'float32'), by));

const slope = (gradients: readonly ArrayLike<number>[], direction: Direction): number =>
  direction.reduce((all, part, i) => all + part.reduce((s, x, j) => s + x * (gradients[i]?.[j] ?? Number.NaN), 0), 0);

/** The slope of a function at 0, by differences. */
async function difference(step: number, at: (by: number) => Scalar): Promise<number> {
  const factors = [1, -8, 8, -1];
  let total = 0;
  for (const [i, by] of [-2, -1, 1, 2].entries()) {
    const value = tidy(() => sum(at(by * step)));
    const [number = Number.NaN] = await value.data<'float32'>();
    value.dispose();
    total += (factors[i] ?? 0) * number;
  }
  return total / (12 * step);
}

function errorOf({ gradient, differences }: Slopes): number {
  const scale = Math.max(1, ...differences.map(Math.abs));
  const errors = gradient.map((g, i) => Math.abs(g - (differences[i] ?? Number.NaN)) / scale);
  return errors.some(Number.isNaN) ? Number.NaN : Math.max(0, ...errors);
}

function requireSmall(error: number, options: GradientCheckOptions & { readonly what?: string }): void {
  const { what = 'gradient', tolerance = 2e-3 } = options;
  if (Number.isNaN(error)) throw new ContractError(`${what}: must be finite, got NaN.`);
  expectThat(
    error <= tolerance,
    `${what}: must agree with the differences of the value, got an error of ${error.toPrecision(2)}, allowed is ${tolerance}.`,
  );
}
