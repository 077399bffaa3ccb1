// Max pooling with torch.nn.MaxPool2d's padding: padded places never win, and the first largest place of a window in
// row-major order gets the gradient.
// Legend: N images, H rows, W columns, C channels, oH and oW output size.
import {
  add,
  cast,
  customGrad,
  equal,
  maxPool,
  mul,
  pad as tfPad,
  reshape,
  slice,
  sub,
  tidy,
  type GradSaveFunc,
  type Tensor,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { ShapeError } from '@tessera/core';
import { hasKernel } from './kernelOp.js';
import { shapeText } from './shapeText.js';

/** Geometry of the pooling windows, the same in both directions. */
export interface MaxPool2dOptions {
  /** Window size. */
  readonly size: number;
  /** Step between windows. */
  readonly stride: number;
  /** Padding on every side, at most half the window; 0 by default. */
  readonly padding?: number;
}

/** Far below any activation, yet finite so that 0 times it is 0. */
const LOWEST = -3e38;

const forward = (x: Tensor4D, { size, stride, padding = 0 }: MaxPool2dOptions): Tensor4D =>
  maxPool(x, size, stride, padding, 'floor');

/** For each place in the window: the values there, then who is first to equal the maximum, then its share of dy. */
function gradient(dy: Tensor4D, x: Tensor4D, y: Tensor4D, { size, stride, padding = 0 }: MaxPool2dOptions): Tensor4D {
  const [images, height, width, channels] = x.shape;
  const [, rows, columns] = y.shape;
  const needed = [rows * stride + size, columns * stride + size] as const;
  const padAfter = [Math.max(needed[0] - height - padding, 0), Math.max(needed[1] - width - padding, 0)] as const;
  const padded = tfPad<Tensor4D>(
    x,
    [
      [0, 0],
      [padding, padAfter[0]],
      [padding, padAfter[1]],
      [0, 0],
    ],
    LOWEST,
  );
  let free: Tensor | undefined; // [N, oH, oW, C], 1 while no place of the window has been chosen
  let total: Tensor | undefined;
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const hit = cast(equal(takeEvery(padded, row, column, rows, columns, stride), y), 'float32');
      const first: Tensor = free ? mul(hit, free) : hit;
      free = free ? sub(free, first) : sub(1, first);
      const placed = putEvery(mul<Tensor4D>(dy, first), row, column, padded.shape, stride);
      total = total ? add(total, placed) : placed;
    }
  }
  return slice(total as Tensor4D, [0, padding, padding, 0], [images, height, width, channels]);
}

/** The values at (row + stride·i, column + stride·j). */
function takeEvery(x: Tensor4D, row: number, column: number, rows: number, columns: number, stride: number): Tensor4D {
  const [images, , , channels] = x.shape;
  const block = slice(x, [0, row, column, 0], [images, rows * stride, columns * stride, channels]);
  const apart = reshape(block, [images, rows, stride, columns, stride * channels]);
  return reshape(slice(apart, [0, 0, 0, 0, 0], [images, rows, 1, columns, channels]), [
    images,
    rows,
    columns,
    channels,
  ]);
}

/** The opposite of `takeEvery`: zeros everywhere else. */
function putEvery(values: Tensor4D, row: number, column: number, shape: readonly number[], stride: number): Tensor4D {
  const [images, rows, columns, channels] = values.shape;
  const [, height = 0, width = 0] = shape;
  const apart = reshape(values, [images, rows, 1, columns, channels]);
  const spread = tfPad(apart, [
    [0, 0],
    [0, 0],
    [0, stride - 1],
    [0, 0],
    [0, (stride - 1) * channels],
  ]);
  const block = reshape(spread, [images, rows * stride, columns * stride, channels]);
  return tfPad(block, [
    [0, 0],
    [row, height - row - rows * stride],
    [column, width - column - columns * stride],
    [0, 0],
  ]) as Tensor4D;
}

/**
 * Largest value of each window.
 * @param x - [N, H, W, C] float32
 * @returns [N, oH, oW, C] with oH = floor((H + 2·padding - size) / stride) + 1
 * @throws ShapeError when x is no image batch or the padding is more than half the window
 */
export function maxPool2d(x: Tensor, options: MaxPool2dOptions): Tensor4D {
  const { size, padding = 0 } = options;
  if (x.rank !== 4) throw new ShapeError(`maxPool2d: x must be [N, H, W, C], got x=${shapeText(x)}.`);
  if (padding * 2 > size)
    throw new ShapeError(`maxPool2d: padding must be at most half the window, got padding=${padding}, size=${size}.`);
  if (hasKernel('MaxPoolGrad')) return tidy(() => forward(x as Tensor4D, options));
  const op = customGrad<Tensor4D>((...args: Array<Tensor | GradSaveFunc>) => {
    const [input, save] = args as [Tensor4D, GradSaveFunc];
    const value = forward(input, options);
    save([input, value]);
    return {
      value,
      gradFunc: (dy: Tensor4D, saved: Tensor[]) => gradient(dy, saved[0] as Tensor4D, saved[1] as Tensor4D, options),
    };
  });
  return tidy(() => op(x));
}
