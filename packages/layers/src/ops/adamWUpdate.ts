// Decoupled weight decay (Loshchilov and Hutter 2019) in the order of torch.optim.AdamW's single-tensor loop.
import { add, div, mul, sqrt, square, sub, tidy, type NamedTensorMap, type Tensor } from '@tensorflow/tfjs-core';
import { ShapeError } from '@tessera/core';
import { defineKernelOp, exactly } from './kernelOp.js';
import { shapeText } from './shapeText.js';

/** What one AdamW update of one parameter takes. Numbers that change from step to step are scalar tensors. */
export interface AdamWInputs {
  readonly parameter: Tensor;
  /** Running mean of the gradient, shaped like the parameter. */
  readonly m: Tensor;
  /** Running mean of the squared gradient. */
  readonly v: Tensor;
  readonly gradient: Tensor;
  /** Scalar. */
  readonly learningRate: Tensor;
  /** Scalar, 1 - beta1^t. */
  readonly biasCorrection1: Tensor;
  /** Scalar, 1 - beta2^t. */
  readonly biasCorrection2: Tensor;
  /** Scalar the gradient is multiplied by first, such as a clipping factor. */
  readonly gradientScale?: Tensor;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
}

/** The state after an update; new tensors that the caller owns. */
export interface AdamWState {
  readonly parameter: Tensor;
  readonly m: Tensor;
  readonly v: Tensor;
}

interface AdamWAttributes {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
}

type AdamWTensors = Omit<AdamWInputs, keyof AdamWAttributes>;

const adamWKernel = defineKernelOp<AdamWAttributes>({
  name: 'TesseraAdamW',
  composite: (inputs, { beta1, beta2, epsilon, weightDecay }) => {
    const { parameter, gradient, learningRate, ...rest } = inputs as unknown as AdamWTensors;
    const g = rest.gradientScale ? mul(gradient, rest.gradientScale) : gradient;
    const decayed = weightDecay === 0 ? parameter : mul(parameter, sub(1, mul(learningRate, weightDecay)));
    const m = add(mul(rest.m, beta1), mul(g, 1 - beta1));
    const v = add(mul(rest.v, beta2), mul(square(g), 1 - beta2));
    const denominator = add(div(sqrt(v), sqrt(rest.biasCorrection2)), epsilon);
    return [sub(decayed, mul(div(learningRate, rest.biasCorrection1), div(m, denominator))), m, v];
  },
});

/**
 * One AdamW step of one parameter: p ← p(1 - lr·wd) - lr/c1 · m / (√v/√c2 + ε).
 * With both corrections 1 it is the BertAdam update with its weight decay.
 * @returns new tensors; the inputs stay the caller's
 * @throws ShapeError when the four tensors differ in size
 */
export function adamWUpdate(inputs: AdamWInputs): AdamWState {
  const { beta1, beta2, epsilon, weightDecay, gradientScale, ...tensors } = inputs;
  const { parameter, gradient } = tensors;
  if ([tensors.m, tensors.v, gradient].some((t) => t.size !== parameter.size)) {
    throw new ShapeError(
      `adamWUpdate: parameter, m, v and gradient must have one shape, got ${shapeText(parameter)}, ${shapeText(tensors.m)}, ${shapeText(tensors.v)}, ${shapeText(gradient)}.`,
    );
  }
  return tidy(() => {
    const named: NamedTensorMap = gradientScale ? { ...tensors, gradientScale } : { ...tensors };
    const [next, m, v] = exactly(adamWKernel(named, { beta1, beta2, epsilon, weightDecay }), 3);
    return { parameter: next, m, v };
  });
}
