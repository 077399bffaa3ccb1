// Elementwise kernels of one input.
import {
  add,
  cast,
  cos,
  cosh,
  div,
  engine,
  exp,
  greater,
  greaterEqual,
  lessEqual,
  logicalAnd,
  mul,
  neg,
  reciprocal,
  sigmoid,
  sign,
  sin,
  sinh,
  sqrt,
  square,
  step,
  sub,
  where,
  zerosLike,
  type GradConfig,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { attribute, savedAt, type GradientTable, type UnaryGradient } from './gradientTable.js';

const float = (x: Tensor): Tensor => cast(x, 'float32');
const onePlusSquare = (x: Tensor, factor: number): Tensor => add(mul(square(x), factor), 1);

// Self-normalising constants (Klambauer et al. 2017).
const [SELU_SCALE, SELU_ALPHA] = [1.0507009873554805, 1.6732632423543772];

/** Gradients in terms of the input. */
const ofInput: Record<string, UnaryGradient> = {
  Abs: (dy, x) => mul(dy, sign(float(x))),
  Acos: (dy, x) => neg(div(dy, sqrt(onePlusSquare(x, -1)))),
  Asin: (dy, x) => div(dy, sqrt(onePlusSquare(x, -1))),
  Asinh: (dy, x) => div(dy, sqrt(onePlusSquare(x, 1))),
  Atan: (dy, x) => div(dy, onePlusSquare(x, 1)),
  Atanh: (dy, x) => div(dy, onePlusSquare(x, -1)),
  Cos: (dy, x) => neg(mul(dy, sin(x))),
  Cosh: (dy, x) => mul(dy, sinh(x)),
  Erf: (dy, x) => mul(dy, mul(exp(neg(square(x))), 2 / Math.sqrt(Math.PI))),
  Expm1: (dy, x) => mul(dy, exp(x)),
  Log: (dy, x) => div(dy, float(x)),
  Log1p: (dy, x) => div(dy, add(x, 1)),
  Reciprocal: (dy, x) => neg(div(dy, square(x))),
  Relu: (dy, x) => mul(dy, cast(step(x), 'float32')),
  Relu6: (dy, x) => mul(dy, cast(logicalAnd(greater(x, 0), lessEqual(x, 6)), 'float32')),
  LeakyRelu: (dy, x, attributes) => where(greater(x, 0), dy, mul(dy, attribute<number>(attributes, 'alpha'))),
  Selu: (dy, x) => mul(mul(dy, SELU_SCALE), where(greater(x, 0), add(zerosLike(x), 1), mul(exp(x), SELU_ALPHA))),
  Sin: (dy, x) => mul(dy, cos(x)),
  Sinh: (dy, x) => mul(dy, cosh(x)),
  Softplus: (dy, x) => mul(dy, sigmoid(x)),
  Square: (dy, x) => mul(dy, mul(float(x), 2)),
  Tan: (dy, x) => div(dy, square(cos(x))),
  ClipByValue: (dy, x, attributes) => {
    const [low, high] = [attribute<number>(attributes, 'clipValueMin'), attribute<number>(attributes, 'clipValueMax')];
    return mul(dy, cast(logicalAnd(greaterEqual(x, low), lessEqual(x, high)), 'float32'));
  },
};

/** Gradients in terms of the output. */
const ofOutput: Record<string, UnaryGradient> = {
  Elu: (dy, y) => engine().runKernel('EluGrad', { dy, y }),
  Exp: (dy, y) => mul(dy, y),
  Rsqrt: (dy, y) => mul(mul(dy, -0.5), mul(y, square(y))),
  Sigmoid: (dy, y) => mul(dy, mul(y, sub(1, y))),
  Sqrt: (dy, y) => mul(mul(dy, 0.5), reciprocal(y)),
  Tanh: (dy, y) => mul(dy, sub(1, square(y))),
};

/** Piecewise constant: no gradient. */
const constant = ['Ceil', 'Floor', 'Round', 'Sign', 'Step', 'OnesLike', 'ZerosLike', 'IsFinite', 'IsInf', 'IsNan'];

const configOf = (gradient: UnaryGradient, save: 'input' | 'output'): Omit<GradConfig, 'kernelName'> => ({
  ...(save === 'input' ? { inputsToSave: ['x'] } : { outputsToSave: [true] }),
  gradFunc: (dy, saved, attributes) => ({ x: () => gradient(dy as Tensor, savedAt(saved, 0), attributes) }),
});

/** Gradients of elementwise kernels of one input. */
export const unaryGradients: GradientTable = {
  ...Object.fromEntries(Object.entries(ofInput).map(([name, gradient]) => [name, configOf(gradient, 'input')])),
  ...Object.fromEntries(Object.entries(ofOutput).map(([name, gradient]) => [name, configOf(gradient, 'output')])),
  ...Object.fromEntries(constant.map((name) => [name, { gradFunc: (dy) => ({ x: () => zerosLike(dy as Tensor) }) }])),
  Cast: { gradFunc: (dy) => ({ x: () => (dy as Tensor).clone() }) },
  Identity: { gradFunc: (dy) => ({ x: () => cast(dy as Tensor, 'float32') }) },
  Neg: { gradFunc: (dy) => ({ x: () => neg(dy as Tensor) }) },
};
