// Convolution with explicit padding, as torch.nn.Conv2d. Where a backend lacks the gradient of the filter (plain wasm)
// both gradients are written as forward convolutions.
// Legend: N images, H rows, W columns, Ci and Co channels, kH and kW filter size, oH and oW output size.
import {
  conv2d as tfConv2d,
  customGrad,
  pad as tfPad,
  reshape,
  reverse,
  slice,
  tidy,
  transpose,
  type GradSaveFunc,
  type Tensor,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { ShapeError } from '@tessera/core';
import { hasKernel } from './kernelOp.js';
import { shapeText } from './shapeText.js';

/** Zero padding: one number for all sides, or [[top, bottom], [left, right]]. */
export type Padding = number | readonly [readonly [number, number], readonly [number, number]];

/** Geometry of a convolution. */
export interface Conv2dOptions {
  /** Step in both directions; 1 by default. */
  readonly stride?: number;
  /** Zero padding; 0 by default. */
  readonly padding?: Padding;
}

type Sides = [[number, number], [number, number]];
type Shape4 = [number, number, number, number];

/** The padding as [[top, bottom], [left, right]]. */
export function paddingSides(padding: Padding): Sides {
  if (typeof padding === 'number')
    return [
      [padding, padding],
      [padding, padding],
    ];
  const [[top, bottom], [left, right]] = padding;
  return [
    [top, bottom],
    [left, right],
  ];
}

const forward = (x: Tensor4D, filter: Tensor4D, stride: number, [rows, columns]: Sides): Tensor4D =>
  tfConv2d(x, filter, stride, [[0, 0], rows, columns, [0, 0]]);

/**
 * dL/dW: batch and channels change places, dy is the filter and the stride becomes the dilation.
 * x → [Ci, H, W, N], dy → filter [oH, oW, N, Co], result [Ci, kH, kW, Co] → [kH, kW, Ci, Co].
 */
function filterGradient(
  x: Tensor4D,
  dy: Tensor4D,
  filterShape: Shape4,
  stride: number,
  [rows, columns]: Sides,
): Tensor {
  const [kH, kW, channels, outputs] = filterShape;
  const padded = tfPad(x, [[0, 0], rows, columns, [0, 0]]);
  const images = transpose<Tensor4D>(padded, [3, 1, 2, 0]);
  const kernel = transpose<Tensor4D>(dy, [1, 2, 0, 3]);
  const full = tfConv2d(images, kernel, 1, 'valid', 'NHWC', stride);
  return transpose(slice(full, [0, 0, 0, 0], [channels, kH, kW, outputs]), [1, 2, 0, 3]);
}

/** Puts stride - 1 zeros after every row and column. */
function spread(dy: Tensor4D, stride: number): Tensor4D {
  if (stride === 1) return dy;
  const [images, rows, columns, channels] = dy.shape;
  const apart = reshape(dy, [images, rows, 1, columns, 1, channels]);
  const zeros = stride - 1;
  const padded = tfPad(apart, [
    [0, 0],
    [0, 0],
    [0, zeros],
    [0, 0],
    [0, zeros],
    [0, 0],
  ]);
  return reshape(padded, [images, rows * stride, columns * stride, channels]);
}

/** dL/dx: dy spread out by the stride, convolved with the filter turned by 180° and its channels exchanged. */
function inputGradient(
  dy: Tensor4D,
  filter: Tensor4D,
  inputShape: Shape4,
  stride: number,
  [[top], [left]]: Sides,
): Tensor {
  const [kH, kW] = filter.shape;
  const [images, height, width] = inputShape;
  const apart = spread(dy, stride);
  const [, rows, columns, channels] = apart.shape;
  const before = [kH - 1 - top, kW - 1 - left] as const;
  const after = [height + kH - 1 - before[0] - rows, width + kW - 1 - before[1] - columns] as const;
  const crop = (amount: number) => Math.max(-amount, 0);
  const grow = (amount: number) => Math.max(amount, 0);
  const padded = tfPad(apart, [
    [0, 0],
    [grow(before[0]), grow(after[0])],
    [grow(before[1]), grow(after[1])],
    [0, 0],
  ]);
  const placed = slice(
    padded,
    [0, crop(before[0]), crop(before[1]), 0],
    [images, height + kH - 1, width + kW - 1, channels],
  );
  const turned = transpose(reverse(filter, [0, 1]), [0, 1, 3, 2]);
  return tfConv2d(placed, turned, 1, 'valid');
}

/** The operation with both gradients as forward convolutions. */
function decomposed(x: Tensor4D, filter: Tensor4D, stride: number, sides: Sides): Tensor4D {
  const op = customGrad<Tensor4D>((...args: Array<Tensor | GradSaveFunc>) => {
    const [input, weights, save] = args as [Tensor4D, Tensor4D, GradSaveFunc];
    save([input, weights]);
    const gradFunc = (dy: Tensor4D, saved: Tensor[]): Tensor[] => {
      const [kept, keptFilter] = saved as [Tensor4D, Tensor4D];
      return [
        inputGradient(dy, keptFilter, kept.shape, stride, sides),
        filterGradient(kept, dy, keptFilter.shape, stride, sides),
      ];
    };
    return { value: forward(input, weights, stride, sides), gradFunc };
  });
  return op(x, filter);
}

/**
 * Two-dimensional convolution (cross-correlation) without bias.
 * @param x - [N, H, W, Ci] float32
 * @param filter - [kH, kW, Ci, Co]
 * @returns [N, oH, oW, Co] with oH = floor((H + top + bottom - kH) / stride) + 1
 * @throws ShapeError when the channels differ or the filter is larger than the padded image
 */
export function conv2d(x: Tensor, filter: Tensor, { stride = 1, padding = 0 }: Conv2dOptions = {}): Tensor4D {
  if (x.rank !== 4 || filter.rank !== 4 || x.shape[3] !== filter.shape[2]) {
    throw new ShapeError(
      `conv2d: x [N, H, W, Ci] and filter [kH, kW, Ci, Co] must agree in Ci, got x=${shapeText(x)}, filter=${shapeText(filter)}.`,
    );
  }
  const [images, weights] = [x as Tensor4D, filter as Tensor4D];
  const sides = paddingSides(padding);
  const [rows, columns] = sides;
  if (
    images.shape[1] + rows[0] + rows[1] < weights.shape[0] ||
    images.shape[2] + columns[0] + columns[1] < weights.shape[1]
  ) {
    throw new ShapeError(
      `conv2d: the filter must fit into the padded image, got x=${shapeText(x)}, filter=${shapeText(filter)}, padding=${JSON.stringify(padding)}.`,
    );
  }
  const complete = hasKernel('Conv2DBackpropFilter') && hasKernel('Conv2DBackpropInput');
  return tidy(() => (complete ? forward(images, weights, stride, sides) : decomposed(images, weights, stride, sides)));
}
