// Elementwise kernels of two inputs with broadcasting, choice and matrix products.
import {
  add,
  cast,
  div,
  floor,
  greater,
  greaterEqual,
  less,
  lessEqual,
  log,
  logicalNot,
  matMul,
  mul,
  neg,
  pow,
  reshape,
  square,
  sub,
  sum,
  where,
  zerosLike,
  type GradConfig,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { attribute, savedAt, unbroadcast, type GradientTable } from './gradientTable.js';

interface BinaryGradient {
  readonly a: (dy: Tensor, a: Tensor, b: Tensor) => Tensor;
  readonly b: (dy: Tensor, a: Tensor, b: Tensor) => Tensor;
}

const float = (x: Tensor): Tensor => cast(x, 'float32');
const none = (dy: Tensor): Tensor => zerosLike(dy);
const pass = (dy: Tensor): Tensor => dy;
const where1 = (condition: Tensor): Tensor => cast(condition, 'float32');
const sumOfSquares = (a: Tensor, b: Tensor): Tensor => add(square(a), square(b));

/** log(a) where a > 0, else 0: the derivative of a power by its exponent. */
const safeLog = (a: Tensor): Tensor => where(greater(a, 0), log(a), zerosLike(a));

const gradients: Record<string, BinaryGradient> = {
  Add: { a: pass, b: pass },
  Sub: { a: pass, b: (dy) => neg(dy) },
  Multiply: { a: (dy, _, b) => mul(dy, float(b)), b: (dy, a) => mul(dy, float(a)) },
  RealDiv: { a: (dy, _, b) => div(dy, float(b)), b: (dy, a, b) => neg(div(mul(dy, float(a)), square(float(b)))) },
  Maximum: { a: (dy, a, b) => mul(dy, where1(greaterEqual(a, b))), b: (dy, a, b) => mul(dy, where1(less(a, b))) },
  Minimum: { a: (dy, a, b) => mul(dy, where1(lessEqual(a, b))), b: (dy, a, b) => mul(dy, where1(greater(a, b))) },
  SquaredDifference: {
    a: (dy, a, b) => mul(dy, mul(sub(a, b), 2)),
    b: (dy, a, b) => mul(dy, mul(sub(b, a), 2)),
  },
  Pow: {
    a: (dy, a, b) => mul(dy, mul(float(b), pow(a, sub(float(b), 1)))),
    b: (dy, a, b) => mul(dy, mul(pow(a, b), safeLog(a))),
  },
  Mod: { a: pass, b: (dy, a, b) => neg(mul(dy, floor(div(a, b)))) },
  FloorDiv: { a: none, b: none },
  Atan2: {
    a: (dy, a, b) => mul(dy, div(b, sumOfSquares(a, b))),
    b: (dy, a, b) => neg(mul(dy, div(a, sumOfSquares(a, b)))),
  },
};

const configOf = (gradient: BinaryGradient): Omit<GradConfig, 'kernelName'> => ({
  inputsToSave: ['a', 'b'],
  gradFunc: (dy, saved) => {
    const [a, b] = [savedAt(saved, 0), savedAt(saved, 1)];
    return {
      a: () => unbroadcast(gradient.a(dy as Tensor, a, b), a.shape),
      b: () => unbroadcast(gradient.b(dy as Tensor, a, b), b.shape),
    };
  },
});

/** Sums the batch axes a factor of a product was repeated along. */
function unbroadcastBatch(gradient: Tensor, shape: number[]): Tensor {
  const added = gradient.rank - shape.length;
  const repeated = (size: number, axis: number) => axis < added || (shape[axis - added] === 1 && size > 1);
  const axes = gradient.shape.flatMap((size, axis) => (repeated(size, axis) ? [axis] : []));
  return axes.length > 0 ? reshape(sum(gradient, axes), shape) : gradient;
}

const batchMatMul: Omit<GradConfig, 'kernelName'> = {
  inputsToSave: ['a', 'b'],
  gradFunc: (dy, saved, attributes) => {
    const [a, b, dProduct] = [savedAt(saved, 0), savedAt(saved, 1), dy as Tensor];
    const transposeA = attribute<boolean>(attributes, 'transposeA');
    const transposeB = attribute<boolean>(attributes, 'transposeB');
    const dA = () => (transposeA ? matMul(b, dProduct, transposeB, true) : matMul(dProduct, b, false, !transposeB));
    const dB = () => (transposeB ? matMul(dProduct, a, true, transposeA) : matMul(a, dProduct, !transposeA, false));
    return { a: () => unbroadcastBatch(dA(), a.shape), b: () => unbroadcastBatch(dB(), b.shape) };
  },
};

const select: Omit<GradConfig, 'kernelName'> = {
  inputsToSave: ['condition'],
  gradFunc: (dy, saved) => {
    const condition = savedAt(saved, 0);
    return {
      condition: () => float(zerosLike(condition)),
      t: () => mul(dy as Tensor, float(condition)),
      e: () => mul(dy as Tensor, float(logicalNot(condition))),
    };
  },
};

/** Gradients of kernels of two inputs. */
export const binaryGradients: GradientTable = {
  ...Object.fromEntries(Object.entries(gradients).map(([name, gradient]) => [name, configOf(gradient)])),
  BatchMatMul: batchMatMul,
  Select: select,
  Prelu: {
    inputsToSave: ['x', 'alpha'],
    gradFunc: (dy, saved) => {
      const [x, alpha, dOutput] = [savedAt(saved, 0), savedAt(saved, 1), dy as Tensor];
      const positive = greater(x, 0);
      return {
        x: () => where(positive, dOutput, mul(dOutput, alpha)),
        alpha: () => unbroadcast(where(positive, zerosLike(dOutput), mul(dOutput, x)), alpha.shape),
      };
    },
  },
};
