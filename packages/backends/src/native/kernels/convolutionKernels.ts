// Gradients of convolutions with explicit padding, which TensorFlow computes and tfjs-node refuses.
import { backend_util, slice, tensor1d, tidy, type Tensor } from '@tensorflow/tfjs-core';
import type { OpAttribute } from '../nativeBackend.js';
import { input, type NativeCall, type NativeKernel } from './nativeKernel.js';

type Size4 = [number, number, number, number];

interface ConvolutionAttributes {
  readonly strides: number;
  readonly pad: Parameters<typeof backend_util.computeConv2DInfo>[4];
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

type Padding = readonly [top: number, bottom: number, left: number, right: number];
type Info = ReturnType<typeof backend_util.computeConv2DInfo>;

const convolutionOf = ({ attributes }: NativeCall, x: Size4, filter: Size4): Info => {
  const { strides, pad, dimRoundingMode } = attributes as unknown as ConvolutionAttributes;
  return backend_util.computeConv2DInfo(x, filter, strides, 1, pad, dimRoundingMode);
};

/** How TensorFlow is told of padding; `explicit` where no name of its own says the same. */
function paddingOf(info: Info): { readonly name: 'SAME' | 'VALID' | 'EXPLICIT'; readonly explicit: Padding } {
  const { type, top, bottom, left, right } = info.padInfo;
  const explicit: Padding = [top, bottom, left, right];
  if (type === 'SAME' || type === 'VALID') return { name: type, explicit };
  const same = [
    ...padsOfSame(info.inHeight, info.strideHeight, info.filterHeight, info.outHeight),
    ...padsOfSame(info.inWidth, info.strideWidth, info.filterWidth, info.outWidth),
  ];
  return { name: same.every((pad, i) => pad === explicit[i]) ? 'SAME' : 'EXPLICIT', explicit };
}

/** Padding before and after under TensorFlow's SAME; NaN where that gives another output. */
function padsOfSame(size: number, stride: number, filter: number, output: number): [number, number] {
  if (output !== Math.ceil(size / stride)) return [NaN, NaN];
  const pad = Math.max((output - 1) * stride + filter - size, 0);
  return [Math.floor(pad / 2), Math.ceil(pad / 2)];
}

/** TensorFlow's attributes of a convolution over NHWC. */
function geometry({ attribute, backend }: NativeCall, info: Info): OpAttribute[] {
  const { name, explicit } = paddingOf(info);
  return [
    attribute.type('T', backend.binding.TF_FLOAT),
    attribute.int('strides', [1, info.strideHeight, info.strideWidth, 1]),
    attribute.text('padding', name),
    ...(name === 'EXPLICIT' ? [attribute.int('explicit_paddings', [0, 0, ...explicit, 0, 0])] : []),
    attribute.text('data_format', 'NHWC'),
    attribute.int('dilations', [1, 1, 1, 1]),
  ];
}

// oneDNN computes gradients of convolutions with SAME and VALID padding; explicit ones TensorFlow computes itself, up to four
// times as slowly (bench/peer's ResNet-152, all trained). From this many channels on it pays to compute the gradient of
// the padded input without padding and to cut the padding off.
const CHANNELS_WORTH_CUTTING = 64;

const inputGradient: NativeKernel = {
  name: 'Conv2DBackpropInput',
  run: (call) =>
    tidy(() => {
      const [dy, filter] = [input(call, 'dy'), input(call, 'filter')];
      const shape = call.attributes['inputShape'] as Size4;
      const info = convolutionOf(call, shape, filter.shape as Size4);
      const gradient = (size: Size4, attributes: OpAttribute[]): Tensor =>
        call.backend.executeSingleOutput('Conv2DBackpropInput', attributes, [tensor1d(size, 'int32'), filter, dy]);
      const { name, explicit } = paddingOf(info);
      if (name !== 'EXPLICIT' || info.inChannels < CHANNELS_WORTH_CUTTING) return gradient(shape, geometry(call, info));
      const [top, bottom, left, right] = explicit;
      const padded: Size4 = [shape[0], shape[1] + top + bottom, shape[2] + left + right, shape[3]];
      const unpadded = convolutionOf(
        { ...call, attributes: { ...call.attributes, pad: 'valid' } },
        padded,
        info.filterShape,
      );
      return slice(gradient(padded, geometry(call, unpadded)), [0, top, left, 0], shape);
    }),
};

const filterGradient: NativeKernel = {
  name: 'Conv2DBackpropFilter',
  run: (call) =>
    tidy(() => {
      const [x, dy] = [input(call, 'x'), input(call, 'dy')];
      const filter = call.attributes['filterShape'] as Size4;
      const attributes = geometry(call, convolutionOf(call, x.shape as Size4, filter));
      return call.backend.executeSingleOutput('Conv2DBackpropFilter', attributes, [x, tensor1d(filter, 'int32'), dy]);
    }),
};

/** The kernels of this file. */
export const convolutionKernels: readonly NativeKernel[] = [inputGradient, filterGradient];
