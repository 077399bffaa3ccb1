// Legend: I inputs, O outputs, M rows (all leading axes together).
import { add, matMul, reshape, sum, tidy, type NamedTensorMap, type Tensor } from '@tensorflow/tfjs-core';
import { ShapeError } from '@tessera/core';
import { defineKernelOp, single } from './kernelOp.js';
import { shapeText } from './shapeText.js';

const linearKernel = defineKernelOp<object>({
  name: 'TesseraLinear',
  composite: ({ x, weight, bias }) => {
    const product = matMul(x as Tensor, weight as Tensor); // [M, O]
    return [bias ? add(product, bias) : product];
  },
  inputsToSave: ['x', 'weight'],
  gradient: ([dy], [x, weight]) => ({
    x: () => matMul(dy as Tensor, weight as Tensor, false, true), // [M, I]
    weight: () => matMul(x as Tensor, dy as Tensor, true, false), // [I, O]
    bias: () => sum(dy as Tensor, 0),
  }),
});

/**
 * y = x·weight + bias over the last axis.
 * @param x - [..., I] float32
 * @param weight - [I, O], the transpose of PyTorch's
 * @param bias - [O]
 * @returns [..., O]
 * @throws ShapeError when the sizes don't fit
 */
export function linear(x: Tensor, weight: Tensor, bias?: Tensor): Tensor {
  const [inputs = 0, outputs = 0] = weight.shape;
  if (weight.rank !== 2 || x.shape.at(-1) !== inputs) {
    throw new ShapeError(
      `linear: x [..., I] and weight [I, O] must agree in I, got x=${shapeText(x)}, weight=${shapeText(weight)}.`,
    );
  }
  if (bias && (bias.rank !== 1 || bias.shape[0] !== outputs)) {
    throw new ShapeError(`linear: bias must be [O], got bias=${shapeText(bias)}, weight=${shapeText(weight)}.`);
  }
  return tidy(() => {
    const rows = x.rank === 2 ? x : reshape(x, [-1, inputs]);
    const named: NamedTensorMap = bias ? { x: rows, weight, bias } : { x: rows, weight };
    const y = single(linearKernel(named, {}));
    return x.rank === 2 ? y : reshape(y, [...x.shape.slice(0, -1), outputs]);
  });
}
