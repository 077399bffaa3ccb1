import { square, sum, tidy, type Scalar, type Tensor } from '@tensorflow/tfjs-core';
import { defineKernelOp, single } from './kernelOp.js';

const sumOfSquaresKernel = defineKernelOp<object>({
  name: 'TesseraSumOfSquares',
  composite: ({ x }) => [sum(square(x as Tensor))],
});

/**
 * Σ x², for clipping by the global norm; not differentiable.
 * @param x - any shape, float32
 * @returns a scalar
 */
export const sumOfSquares = (x: Tensor): Scalar => tidy(() => single(sumOfSquaresKernel({ x }, {})) as Scalar);
