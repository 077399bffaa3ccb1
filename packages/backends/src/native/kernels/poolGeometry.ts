import { backend_util } from '@tensorflow/tfjs-core';
import type { NativeCall } from './nativeKernel.js';

/** Windows over images, as pairs of rows and columns. */
export interface PoolGeometry {
  readonly window: readonly [number, number];
  readonly strides: readonly [number, number];
  /** At the top and on the left. */
  readonly padding: readonly [number, number];
  /** Number of windows. */
  readonly grid: readonly [number, number];
}

interface PoolAttributes {
  readonly filterSize: number;
  readonly strides: number;
  readonly pad: number;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/** The geometry that TensorFlow.js' attributes of a pooling over images [N, H, W, C] mean. */
export function poolGeometry({ attributes }: NativeCall, shape: readonly number[]): PoolGeometry {
  const { filterSize, strides, pad, dimRoundingMode } = attributes as unknown as PoolAttributes;
  const size = [...shape] as [number, number, number, number];
  const info = backend_util.computePool2DInfo(size, filterSize, strides, 1, pad, dimRoundingMode);
  return {
    window: [info.filterHeight, info.filterWidth],
    strides: [info.strideHeight, info.strideWidth],
    padding: [info.padInfo.top, info.padInfo.left],
    grid: [info.outHeight, info.outWidth],
  };
}
