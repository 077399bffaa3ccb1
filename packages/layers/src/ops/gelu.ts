// GELU in its exact form (Hendrycks and Gimpel 2016), as BERT uses it: x·Φ(x) with Φ through erf, not tanh.
import { add, erf, exp, mul, square, tidy, type Tensor } from '@tensorflow/tfjs-core';
import { defineKernelOp, single } from './kernelOp.js';

const cumulative = (x: Tensor): Tensor => mul(add(erf(mul(x, Math.SQRT1_2)), 1), 0.5);

const gradientKernel = defineKernelOp<object>({
  name: 'TesseraGeluGrad',
  composite: ({ dy, x }) => {
    const density = mul(exp(mul(square(x as Tensor), -0.5)), 1 / Math.sqrt(2 * Math.PI));
    return [mul(dy as Tensor, add(cumulative(x as Tensor), mul(x as Tensor, density)))];
  },
});

const geluKernel = defineKernelOp<object>({
  name: 'TesseraGelu',
  composite: ({ x }) => [mul(x as Tensor, cumulative(x as Tensor))],
  inputsToSave: ['x'],
  gradient: ([dy], [x]) => ({ x: () => single(gradientKernel({ dy: dy as Tensor, x: x as Tensor }, {})) }),
});

/**
 * x · (1 + erf(x/√2)) / 2, elementwise.
 * @param x - any shape, float32
 * @returns the same shape
 */
export const gelu = (x: Tensor): Tensor => tidy(() => single(geluKernel({ x }, {})));
