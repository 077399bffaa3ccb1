import { util, type TensorInfo } from '@tensorflow/tfjs-core';

/** What TensorFlow.js gives its kernel `Sum`. */
export interface SumAttributes {
  readonly axis: number | number[];
  readonly keepDims: boolean;
}

/** A sum over leading axes, which is one over the rows of a matrix. */
export interface RowSum {
  readonly columns: number;
  /** Of the result. */
  readonly shape: readonly number[];
}

/** Takes a sum over leading axes, as for the gradient of every bias, for one over rows; undefined for other axes. */
export function sumOverRows({ shape }: TensorInfo, { axis, keepDims }: SumAttributes): RowSum | undefined {
  const axes = util.parseAxisParam(axis, shape);
  const leading = axes.length > 0 && axes.length < shape.length && axes.every((each) => each < axes.length);
  if (!leading) return undefined;
  const rest = shape.slice(axes.length);
  return { columns: util.sizeFromShape(rest), shape: keepDims ? [...axes.map(() => 1), ...rest] : rest };
}
