import type { Initializer } from './contracts/parameters.js';

const filled = (fill: () => number, size: number): Float32Array => {
  const values = new Float32Array(size);
  for (let i = 0; i < size; i++) values[i] = fill();
  return values;
};
const sizeOf = (shape: readonly number[]): number => shape.reduce((product, dimension) => product * dimension, 1);

/** All values equal. */
export const constant =
  (value: number): Initializer =>
  (shape) =>
    new Float32Array(sizeOf(shape)).fill(value);

/** All zero. */
export const zeros: Initializer = constant(0);

/** All one. */
export const ones: Initializer = constant(1);

/** Normal distribution with mean 0. */
export const normal =
  (std: number): Initializer =>
  (shape, random) =>
    filled(() => std * random.normal(), sizeOf(shape));

/** Uniform distribution in [-bound, bound). */
export const uniform =
  (bound: number): Initializer =>
  (shape, random) =>
    filled(() => bound * (2 * random.uniform() - 1), sizeOf(shape));

/**
 * Normal with standard deviation sqrt(2 / fan_out), for convolutions [kH, kW, in, out] before a ReLU.
 * Source: He et al., arXiv 1502.01852; torchvision's resnet.py uses mode fan_out.
 */
export const heFanOut: Initializer = (shape, random) => {
  const [height = 1, width = 1, , out = 1] = shape;
  return normal(Math.sqrt(2 / (height * width * out)))(shape, random);
};

/** PyTorch's default of `nn.Linear`: uniform in ±1/sqrt(fanIn), for weight and bias alike. */
export const torchLinear = (fanIn: number): Initializer => uniform(1 / Math.sqrt(fanIn));
