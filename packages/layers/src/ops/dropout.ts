import { cast, greaterEqual, mul, tidy, type Tensor } from '@tensorflow/tfjs-core';
import { ShapeError } from '@tessera/core';
import { defineKernelOp, single, type KernelOp } from './kernelOp.js';
import { checkSeed, statelessUniform } from './statelessUniform.js';

interface DropoutAttributes {
  readonly rate: number;
}

/** 1/(1 - rate) where an element is kept and 0 where it is dropped: kept when its uniform number is at least `rate`. */
export const dropoutMask = (shape: readonly number[], rate: number, seed: Tensor): Tensor =>
  mul(cast(greaterEqual(statelessUniform(shape, seed), rate), 'float32'), 1 / (1 - rate));

const dropoutKernel: KernelOp<DropoutAttributes> = defineKernelOp<DropoutAttributes>({
  name: 'TesseraDropout',
  composite: ({ x, seed }, { rate }) => [mul(x as Tensor, dropoutMask((x as Tensor).shape, rate, seed as Tensor))],
  inputsToSave: ['seed'],
  // The mask is drawn again from the seed instead of being kept.
  gradient: ([dy], [seed], attributes) => ({
    x: () => single(dropoutKernel({ x: dy as Tensor, seed: seed as Tensor }, attributes)),
  }),
});

/**
 * Sets elements to zero with probability `rate` and scales the others by 1/(1 - rate).
 * @param x - any shape, float32
 * @param rate - in [0, 1); with 0 the values pass unchanged
 * @param seed - int32 [2]; give every call of a step its own
 * @returns the same shape
 * @throws ShapeError when rate or seed are out of range
 */
export function dropout(x: Tensor, rate: number, seed: Tensor): Tensor {
  if (!(rate >= 0 && rate < 1)) throw new ShapeError(`dropout: rate must be in [0, 1), got rate=${rate}.`);
  if (rate === 0) return x.clone();
  checkSeed('dropout', seed);
  return tidy(() => single(dropoutKernel({ x, seed }, { rate })));
}
