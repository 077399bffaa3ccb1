// Gradients of convolutions with explicit padding, which TensorFlow computes and tfjs-node refuses.
import { backend_util, tensor1d, tidy, type Tensor } from '@tensorflow/tfjs-core';
import type { OpAttribute } from '../nativeBackend.js';
import { input, type NativeCall, type NativeKernel } from './nativeKernel.js';

type Size4 = [number, number, number, number];

interface ConvolutionAttributes {
  readonly strides: number;
  readonly pad: Parameters<typeof backend_util.computeConv2DInfo>[4];
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/** TensorFlow's attributes of a convolution over NHWC. */
function geometry({ attribute, attributes, backend }: NativeCall, x: Size4, filter: Size4): OpAttribute[] {
  const { strides, pad, dimRoundingMode } = attributes as unknown as ConvolutionAttributes;
  const info = backend_util.computeConv2DInfo(x, filter, strides, 1, pad, dimRoundingMode);
  const { type, top, bottom, left, right } = info.padInfo;
  const explicit = type !== 'SAME' && type !== 'VALID';
  return [
    attribute.type('T', backend.binding.TF_FLOAT),
    attribute.int('strides', [1, info.strideHeight, info.strideWidth, 1]),
    attribute.text('padding', explicit ? 'EXPLICIT' : type),
    ...(explicit ? [attribute.int('explicit_paddings', [0, 0, top, bottom, left, right, 0, 0])] : []),
    attribute.text('data_format', 'NHWC'),
    attribute.int('dilations', [1, 1, 1, 1]),
  ];
}

const gradient = (
  name: 'Conv2DBackpropInput' | 'Conv2DBackpropFilter',
  operands: (call: NativeCall) => { x: Size4; filter: Size4; inputs: (size: (shape: Size4) => Tensor) => Tensor[] },
): NativeKernel => ({
  name,
  run: (call) =>
    tidy(() => {
      const { x, filter, inputs } = operands(call);
      const sized = inputs((shape) => tensor1d(shape, 'int32'));
      return call.backend.executeSingleOutput(name, geometry(call, x, filter), sized);
    }),
});

const inputGradient = gradient('Conv2DBackpropInput', (call) => {
  const [dy, filter] = [input(call, 'dy'), input(call, 'filter')];
  const x = call.attributes['inputShape'] as Size4;
  return { x, filter: filter.shape as Size4, inputs: (size) => [size(x), filter, dy] };
});

const filterGradient = gradient('Conv2DBackpropFilter', (call) => {
  const [x, dy] = [input(call, 'x'), input(call, 'dy')];
  const filter = call.attributes['filterShape'] as Size4;
  return { x: x.shape as Size4, filter, inputs: (size) => [x, size(filter), dy] };
});

/** The kernels of this file. */
export const convolutionKernels: readonly NativeKernel[] = [inputGradient, filterGradient];
