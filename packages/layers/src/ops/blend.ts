import { add, mul, tidy, type Tensor } from '@tensorflow/tfjs-core';
import { defineKernelOp, single } from './kernelOp.js';

/** The weights of the two sides of {@link blend}. */
export interface BlendWeights {
  /** Of what there was. */
  readonly kept: number;
  /** Of what is new. */
  readonly share: number;
}

const blendKernel = defineKernelOp<BlendWeights>({
  name: 'TesseraBlend',
  composite: ({ before, value }, { kept, share }) => [add(mul(before as Tensor, kept), mul(value as Tensor, share))],
});

/**
 * kept·before + share·value, as running statistics move; not differentiable.
 * @param before - any shape, float32
 * @param value - shaped like `before`
 * @returns shaped like `before`
 */
export const blend = (before: Tensor, value: Tensor, weights: BlendWeights): Tensor =>
  tidy(() => single(blendKernel({ before, value }, weights)));
