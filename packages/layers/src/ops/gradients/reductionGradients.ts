// Sums, means, extremes, softmax and running sums.
import {
  cast,
  cumsum,
  div,
  equal,
  exp,
  mul,
  reshape,
  sub,
  sum,
  tile,
  util,
  zeros,
  zerosLike,
  type GradConfig,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { attribute, savedAt, type GradientTable } from './gradientTable.js';

type Axes = number | number[];

/** `reduced` with size 1 in place of every axis of `shape` that was reduced. */
function keepDims(reduced: Tensor, shape: readonly number[], axes: readonly number[]): Tensor {
  return reshape(
    reduced,
    shape.map((size, axis) => (axes.includes(axis) ? 1 : size)),
  );
}

/** Repeats a reduced tensor over the axes it was reduced along. */
function spread(reduced: Tensor, shape: readonly number[], axes: readonly number[]): Tensor {
  return tile(
    keepDims(reduced, shape, axes),
    shape.map((size, axis) => (axes.includes(axis) ? size : 1)),
  );
}

/** As in TensorFlow.js every place that equals the extreme gets the whole gradient. */
const extreme: Omit<GradConfig, 'kernelName'> = {
  inputsToSave: ['x'],
  outputsToSave: [true],
  gradFunc: (dy, saved, attributes) => {
    const [x, y] = [savedAt(saved, 0), savedAt(saved, 1)];
    const given = attribute<Axes | undefined>(attributes, 'reductionIndices') ?? attribute<Axes>(attributes, 'axis');
    const axes = util.parseAxisParam(given, x.shape);
    const chosen = () => cast(equal(x, keepDims(y, x.shape, axes)), 'float32');
    return { x: () => mul(keepDims(dy as Tensor, x.shape, axes), chosen()) };
  },
};

/** Gradients of reductions. */
export const reductionGradients: GradientTable = {
  Max: extreme,
  Min: extreme,
  Sum: {
    inputsToSave: ['x'],
    gradFunc: (dy, saved, attributes) => {
      const { shape } = savedAt(saved, 0);
      const axes = util.parseAxisParam(attribute<Axes>(attributes, 'axis'), shape);
      return { x: () => spread(dy as Tensor, shape, axes) };
    },
  },
  Mean: {
    inputsToSave: ['x'],
    gradFunc: (dy, saved, attributes) => {
      const { shape } = savedAt(saved, 0);
      const axes = util.parseAxisParam(attribute<Axes>(attributes, 'axis'), shape);
      const count = axes.reduce((product, axis) => product * (shape[axis] ?? 1), 1);
      return { x: () => spread(div(dy as Tensor, count), shape, axes) };
    },
  },
  Softmax: {
    outputsToSave: [true],
    gradFunc: (dy, saved) => {
      const y = savedAt(saved, 0);
      const weighted = () => mul(dy as Tensor, y);
      return {
        logits: () => {
          const product = weighted();
          return sub(product, mul(sum(product, -1, true), y));
        },
      };
    },
  },
  LogSoftmax: {
    outputsToSave: [true],
    gradFunc: (dy, saved, attributes) => ({
      logits: () => {
        const total = sum(dy as Tensor, attribute<number>(attributes, 'axis'), true);
        return sub(dy as Tensor, mul(total, exp(savedAt(saved, 0))));
      },
    }),
  },
  Cumsum: {
    gradFunc: (dy, _saved, attributes) => ({
      x: () =>
        cumsum(
          dy as Tensor,
          attribute<number>(attributes, 'axis'),
          attribute<boolean>(attributes, 'exclusive'),
          !attribute<boolean>(attributes, 'reverse'),
        ),
    }),
  },
  ArgMax: { inputsToSave: ['x'], gradFunc: (_dy, saved) => ({ x: () => zerosLike(savedAt(saved, 0)) }) },
  ArgMin: { inputsToSave: ['x'], gradFunc: (_dy, saved) => ({ x: () => zerosLike(savedAt(saved, 0)) }) },
  OneHot: {
    inputsToSave: ['indices'],
    gradFunc: (_dy, saved) => ({ indices: () => zeros(savedAt(saved, 0).shape, 'float32') }),
  },
};
