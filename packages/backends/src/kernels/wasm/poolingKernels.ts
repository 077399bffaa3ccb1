// Max pooling's gradient and adaptive pooling. Legend: N images, H rows, W columns, C channels.
import { backend_util } from '@tensorflow/tfjs-core';
import { input, sizes, wasmKernel } from './wasmKernel.js';

interface PoolAttributes {
  readonly filterSize: number | [number, number];
  readonly strides: number | [number, number];
  readonly pad: 'valid' | 'same' | number | backend_util.ExplicitPadding;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

const maxPoolGradient = wasmKernel<PoolAttributes>('MaxPoolGrad', (call) => {
  const { context, attributes } = call;
  const [dy, x] = [input(call, 'dy'), input(call, 'input')];
  const shape = x.shape as [number, number, number, number];
  const { filterSize, strides, pad, dimRoundingMode = 'floor' } = attributes;
  const info = backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode);
  const dx = context.zeros(shape);
  context.functions.maxPoolGradient(
    context.address(dy),
    context.address(x),
    context.address(dx),
    ...shape,
    info.outHeight,
    info.outWidth,
    info.filterHeight,
    info.filterWidth,
    info.strideHeight,
    info.strideWidth,
    info.padInfo.top,
    info.padInfo.left,
  );
  return dx;
});

interface AdaptiveAttributes {
  readonly rows: number;
  readonly columns: number;
  readonly kind: 'average' | 'max';
}

const adaptivePool = wasmKernel<AdaptiveAttributes>('TesseraAdaptivePool', (call) => {
  const { context, attributes } = call;
  const x = input(call, 'x');
  const [images = 0, height = 0, width = 0, channels = 0] = sizes(x, 4);
  const { rows, columns, kind } = attributes;
  const y = context.output([images, rows, columns, channels]);
  const takesMax = kind === 'max' ? 1 : 0;
  context.functions.adaptivePool(
    context.address(x),
    context.address(y),
    images,
    height,
    width,
    channels,
    rows,
    columns,
    takesMax,
  );
  return y;
});

const adaptivePoolGradient = wasmKernel<AdaptiveAttributes>('TesseraAdaptivePoolGrad', (call) => {
  const { context, attributes } = call;
  const [dy, x] = [input(call, 'dy'), input(call, 'x')];
  const [images = 0, height = 0, width = 0, channels = 0] = sizes(x, 4);
  const dx = context.zeros(x.shape);
  const [from, at, to] = [dy, x, dx].map((tensor) => context.address(tensor)) as [number, number, number];
  const { rows, columns, kind } = attributes;
  context.functions.adaptivePoolGradient(
    from,
    at,
    to,
    images,
    height,
    width,
    channels,
    rows,
    columns,
    kind === 'max' ? 1 : 0,
  );
  return dx;
});

/** Pooling. */
export const poolingKernels = [maxPoolGradient, adaptivePool, adaptivePoolGradient];
