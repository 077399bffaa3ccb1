// Adaptive pooling with PyTorch's bins (ATen's AdaptiveAveragePooling): output i of G over S inputs covers
// floor(i·S/G) up to but not including ceil((i + 1)·S/G). Bins overlap where G doesn't divide S, and repeat where G > S.
// Legend: N images, H rows, W columns, C channels, R × G the output grid.
import {
  add,
  argMax,
  cast,
  concat,
  max,
  mean,
  mul,
  oneHot,
  onesLike,
  pad as tfPad,
  reshape,
  slice,
  tidy,
  transpose,
  type Tensor,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { ShapeError } from '@tessera/core';
import { defineKernelOp, single } from './kernelOp.js';
import { shapeText } from './shapeText.js';

/** How the values of a bin become one. */
export type PoolKind = 'average' | 'max';

interface AdaptivePoolAttributes {
  readonly rows: number;
  readonly columns: number;
  readonly kind: PoolKind;
}

/** One bin along an axis: inputs from `start`, `length` of them. */
export interface PoolBin {
  readonly start: number;
  readonly length: number;
}

/** PyTorch's bins for `count` outputs over `size` inputs. */
export const poolBins = (size: number, count: number): PoolBin[] =>
  Array.from({ length: count }, (_, i) => {
    const start = Math.floor((i * size) / count);
    return { start, length: Math.ceil(((i + 1) * size) / count) - start };
  });

type Cell = { readonly row: PoolBin; readonly column: PoolBin };

/** Bins of the grid in row-major order. */
const gridCells = (shape: readonly number[], { rows, columns }: AdaptivePoolAttributes): Cell[] =>
  poolBins(shape[1] ?? 0, rows).flatMap((row) => poolBins(shape[2] ?? 0, columns).map((column) => ({ row, column })));

/** The bin's values as [N, cells of the bin, C]. */
function cut(x: Tensor4D, { row, column }: Cell): Tensor {
  const [images, , , channels] = x.shape;
  const block = slice(x, [0, row.start, column.start, 0], [images, row.length, column.length, channels]);
  return reshape(block, [images, row.length * column.length, channels]);
}

/** Zeros shaped like `shape` but for the bin, which holds `values` [N, cells of the bin, C]. */
function paste(values: Tensor, { row, column }: Cell, shape: readonly number[]): Tensor {
  const [images = 0, height = 0, width = 0, channels = 0] = shape;
  const block = reshape(values, [images, row.length, column.length, channels]);
  return tfPad(block, [
    [0, 0],
    [row.start, height - row.start - row.length],
    [column.start, width - column.start - column.length],
    [0, 0],
  ]);
}

/** 1 at the first largest place of each channel's bin, else 0: [N, cells of the bin, C]. */
function firstLargest(bin: Tensor): Tensor {
  const size = bin.shape[1] ?? 1;
  if (size === 1) return onesLike(bin);
  return cast(transpose(oneHot(cast(argMax(bin, 1), 'int32'), size), [0, 2, 1]), 'float32');
}

function cellGradient(x: Tensor4D, dCell: Tensor, cell: Cell, kind: PoolKind): Tensor {
  const bin = cut(x, cell);
  const size = bin.shape[1] ?? 1;
  const share = kind === 'max' ? firstLargest(bin) : mul(onesLike(bin), 1 / size);
  return paste(mul(share, dCell), cell, x.shape);
}

const gradientKernel = defineKernelOp<AdaptivePoolAttributes>({
  name: 'TesseraAdaptivePoolGrad',
  composite: (inputs, attributes) => {
    const [dy, x] = [inputs['dy'] as Tensor4D, inputs['x'] as Tensor4D];
    const [images, rows, columns, channels] = dy.shape;
    const flat = reshape(dy, [images, rows * columns, channels]);
    const parts = gridCells(x.shape, attributes).map((cell, index) =>
      cellGradient(x, slice(flat, [0, index, 0], [images, 1, channels]), cell, attributes.kind),
    );
    return [parts.reduce((sum, part) => add(sum, part))];
  },
});

const adaptivePoolKernel = defineKernelOp<AdaptivePoolAttributes>({
  name: 'TesseraAdaptivePool',
  composite: (inputs, attributes) => {
    const x = inputs['x'] as Tensor4D;
    const [images, , , channels] = x.shape;
    const reduce = attributes.kind === 'max' ? max : mean;
    const cells = gridCells(x.shape, attributes).map((cell) => reduce(cut(x, cell), 1, true)); // [N, 1, C]
    return [reshape(concat(cells, 1), [images, attributes.rows, attributes.columns, channels])];
  },
  inputsToSave: ['x'],
  gradient: ([dy], [x], attributes) => ({
    x: () => single(gradientKernel({ dy: dy as Tensor, x: x as Tensor }, attributes)),
  }),
});

/**
 * Pools an image to a grid of any size, as torch.nn.AdaptiveAvgPool2d and AdaptiveMaxPool2d.
 * @param x - [N, H, W, C] float32
 * @param grid - rows R and columns G of the output
 * @returns [N, R, G, C]
 * @throws ShapeError when x is no image batch or the grid is not of positive integers
 */
export function adaptivePool2d(x: Tensor, grid: readonly [number, number], kind: PoolKind): Tensor4D {
  const [rows, columns] = grid;
  if (x.rank !== 4) throw new ShapeError(`adaptivePool2d: x must be [N, H, W, C], got x=${shapeText(x)}.`);
  if (![rows, columns].every((count) => Number.isInteger(count) && count > 0)) {
    throw new ShapeError(`adaptivePool2d: grid must be two positive integers, got grid=[${grid.join(', ')}].`);
  }
  return tidy(() => single(adaptivePoolKernel({ x }, { rows, columns, kind })) as Tensor4D);
}
