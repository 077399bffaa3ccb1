// Convolution, pooling and resizing; their backward kernels are not all public operations and run by name.
import {
  backend_util,
  conv2d,
  engine,
  type GradConfig,
  type NamedAttrMap,
  type NamedTensorMap,
  type Tensor,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { attribute, savedAt, type GradientTable } from './gradientTable.js';

type ConvPad = Parameters<typeof conv2d>[3];

const run = (name: string, inputs: NamedTensorMap, attributes: NamedAttrMap): Tensor =>
  engine().runKernel(name, inputs, attributes);

/** The attributes both convolution gradients share. */
function convolution(attributes: NamedAttrMap, kernel: string): NamedAttrMap {
  const dilations = attribute<number | [number, number] | undefined>(attributes, 'dilations') ?? 1;
  if (!backend_util.tupleValuesAreOne(dilations)) {
    throw new Error(`gradients: ${kernel} has a gradient only with dilation 1, got dilations=${String(dilations)}.`);
  }
  const { strides, pad, dataFormat = 'NHWC', dimRoundingMode } = attributes;
  return { strides, pad, dataFormat, dimRoundingMode: dimRoundingMode ?? 'floor' } as NamedAttrMap;
}

const conv2dGradient: Omit<GradConfig, 'kernelName'> = {
  inputsToSave: ['x', 'filter'],
  gradFunc: (dy, saved, attributes) => {
    const [x, filter, dOutput] = [savedAt(saved, 0), savedAt(saved, 1), dy as Tensor];
    const shared = convolution(attributes, 'Conv2D');
    return {
      x: () => run('Conv2DBackpropInput', { dy: dOutput, filter }, { ...shared, inputShape: x.shape }),
      filter: () => run('Conv2DBackpropFilter', { x, dy: dOutput }, { ...shared, filterShape: filter.shape }),
    };
  },
};

const transposedConvGradient: Omit<GradConfig, 'kernelName'> = {
  inputsToSave: ['dy', 'filter'],
  gradFunc: (ddx, saved, attributes) => {
    const [dy, filter, dInput] = [savedAt(saved, 0) as Tensor4D, savedAt(saved, 1) as Tensor4D, ddx as Tensor4D];
    const shared = convolution(attributes, 'Conv2DBackpropInput');
    const strides = attribute<number | [number, number]>(attributes, 'strides');
    return {
      dy: () => conv2d(dInput, filter, strides, attribute<ConvPad>(attributes, 'pad'), 'NHWC', 1, 'floor'),
      filter: () => run('Conv2DBackpropFilter', { x: dInput, dy }, { ...shared, filterShape: filter.shape }),
    };
  },
};

const depthwiseGradient: Omit<GradConfig, 'kernelName'> = {
  inputsToSave: ['x', 'filter'],
  gradFunc: (dy, saved, attributes) => {
    const [x, filter, dOutput] = [savedAt(saved, 0), savedAt(saved, 1), dy as Tensor];
    const { strides, pad, dimRoundingMode } = attributes;
    convolution(attributes, 'DepthwiseConv2dNative');
    const shared = { strides, pad, dilations: [1, 1], dimRoundingMode } as NamedAttrMap;
    return {
      x: () => run('DepthwiseConv2dNativeBackpropInput', { dy: dOutput, filter }, { ...shared, inputShape: x.shape }),
      filter: () =>
        run('DepthwiseConv2dNativeBackpropFilter', { x, dy: dOutput }, { ...shared, filterShape: filter.shape }),
    };
  },
};

/** A backward kernel that takes dy and the images and the attributes of the forward one. */
const resizeGradient = (kernel: string): Omit<GradConfig, 'kernelName'> => ({
  inputsToSave: ['images'],
  gradFunc: (dy, saved, attributes) => ({
    images: () => run(kernel, { dy: dy as Tensor, images: savedAt(saved, 0) }, attributes),
  }),
});

/** Gradients of kernels on images. */
export const imageGradients: GradientTable = {
  Conv2D: conv2dGradient,
  Conv2DBackpropInput: transposedConvGradient,
  DepthwiseConv2dNative: depthwiseGradient,
  AvgPool: {
    inputsToSave: ['x'],
    gradFunc: (dy, saved, attributes) => ({
      x: () => run('AvgPoolGrad', { dy: dy as Tensor, input: savedAt(saved, 0) }, attributes),
    }),
  },
  MaxPool: {
    inputsToSave: ['x'],
    outputsToSave: [true],
    gradFunc: (dy, saved, attributes) => ({
      x: () =>
        run('MaxPoolGrad', { dy: dy as Tensor, input: savedAt(saved, 0), output: savedAt(saved, 1) }, attributes),
    }),
  },
  ResizeBilinear: resizeGradient('ResizeBilinearGrad'),
  ResizeNearestNeighbor: resizeGradient('ResizeNearestNeighborGrad'),
};
