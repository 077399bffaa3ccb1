// Convolution and its two gradients as matrix products over windows read where they lie in a padded copy of the images:
// in NHWC one row of a window is contiguous, so a window is kH runs of kW·Ci floats and no im2col is made.
// Legend: N images, H rows, W columns, Ci and Co channels, kH and kW filter, oH and oW output.
import { backend_util, type TensorInfo } from '@tensorflow/tfjs-core';
import { packedBytes, TILE_BYTES } from './matMulKernels.js';
import type { WasmContext } from './wasmContext.js';
import { input, wasmKernel } from './wasmKernel.js';

const FLOAT = 4;
/** Scratch for the taps of a strided input gradient; more images are done in rounds. */
const TAP_BYTES = 4 << 20;

interface ConvAttributes {
  readonly strides: [number, number] | number;
  readonly pad: 'valid' | 'same' | number | backend_util.ExplicitPadding;
  readonly dilations?: [number, number] | number;
  readonly dataFormat?: 'NHWC' | 'NCHW';
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
  readonly inputShape?: [number, number, number, number];
  readonly filterShape?: [number, number, number, number];
}

type Geometry = backend_util.Conv2DInfo;

function geometryOf(attributes: ConvAttributes, inputShape: number[], filterShape: number[]): Geometry {
  const { strides, pad, dilations = 1, dimRoundingMode } = attributes;
  type Shape4 = [number, number, number, number];
  return backend_util.computeConv2DInfo(
    inputShape as Shape4,
    filterShape as Shape4,
    strides,
    dilations,
    pad,
    dimRoundingMode,
  );
}

const covered = (attributes: ConvAttributes): boolean =>
  (attributes.dataFormat ?? 'NHWC') === 'NHWC' && backend_util.tupleValuesAreOne(attributes.dilations ?? 1);

/** The padded images of a convolution and the tables of its windows. */
interface Windows {
  readonly images: number;
  readonly offsets: number;
  readonly segments: number;
  readonly height: number;
  readonly width: number;
  /** First free address after the tables. */
  readonly free: number;
}

const paddedSize = ({ padInfo, inHeight, inWidth, ...info }: Geometry) => ({
  height: Math.max(padInfo.top + inHeight, (info.outHeight - 1) * info.strideHeight + info.filterHeight),
  width: Math.max(padInfo.left + inWidth, (info.outWidth - 1) * info.strideWidth + info.filterWidth),
});

const align = (address: number): number => (address + 15) & ~15;

/** Bytes that `layWindows` takes. */
function windowBytes(info: Geometry): number {
  const { height, width } = paddedSize(info);
  const pixels = info.batchSize * info.outHeight * info.outWidth;
  return FLOAT * (info.batchSize * height * width * info.inChannels + pixels + info.filterHeight) + 64;
}

/** Pads the images (unless they fit as they are) and writes where windows and their rows start. */
function layWindows(context: WasmContext, x: number, info: Geometry, at: number): Windows {
  const { functions } = context;
  const { height, width } = paddedSize(info);
  const { batchSize, inHeight, inWidth, inChannels, padInfo, outHeight, outWidth } = info;
  const pixel = inChannels * FLOAT;
  const padded = height !== inHeight || width !== inWidth;
  const images = padded ? align(at) : x;
  const offsets = padded ? align(images + batchSize * height * width * pixel) : align(at);
  const segments = offsets + batchSize * outHeight * outWidth * FLOAT;
  if (padded)
    functions.padImages(x, images, batchSize, inHeight, inWidth, pixel, padInfo.top, padInfo.left, height, width, 1);
  const rowBytes = width * pixel;
  functions.windowOffsets(
    offsets,
    batchSize,
    outHeight,
    outWidth,
    height * rowBytes,
    info.strideHeight * rowBytes,
    info.strideWidth * pixel,
  );
  context.writeIntegers(
    segments,
    Array.from({ length: info.filterHeight }, (_, row) => row * rowBytes),
  );
  return { images, offsets, segments, height, width, free: align(segments + info.filterHeight * FLOAT) };
}

const conv2d = wasmKernel<ConvAttributes>('Conv2D', ({ inputs, attributes, context, original }) => {
  const [x, filter] = [input({ inputs }, 'x'), input({ inputs }, 'filter')];
  if (!covered(attributes)) return original();
  return forward(context, context.address(x), filter, geometryOf(attributes, x.shape, filter.shape));
});

function forward(context: WasmContext, x: number, filter: TensorInfo, info: Geometry): TensorInfo {
  const { functions } = context;
  const { batchSize, outHeight, outWidth, outChannels, filterHeight, filterWidth, inChannels } = info;
  const inner = filterHeight * filterWidth * inChannels;
  const y = context.output([batchSize, outHeight, outWidth, outChannels]);
  const tile = context.scratch(TILE_BYTES + packedBytes(inner, outChannels) + windowBytes(info));
  const packed = tile + TILE_BYTES;
  functions.pack(context.address(filter), packed, inner, outChannels, outChannels, 1, inner);
  const windows = layWindows(context, x, info, packed + packedBytes(inner, outChannels));
  functions.gemmRows(
    windows.images,
    windows.offsets,
    0,
    batchSize * outHeight * outWidth,
    windows.segments,
    filterHeight,
    filterWidth * inChannels,
    packed,
    outChannels,
    context.address(y),
    outChannels * FLOAT,
    0,
    tile,
  );
  return y;
}

const filterGradient = wasmKernel<ConvAttributes>('Conv2DBackpropFilter', ({ inputs, attributes, context }) => {
  const [x, dy] = [input({ inputs }, 'x'), input({ inputs }, 'dy')];
  if (!covered(attributes)) throw new Error('Conv2DBackpropFilter: only NHWC without dilation has a gradient on wasm.');
  const info = geometryOf(attributes, x.shape, attributes.filterShape ?? []);
  const { functions } = context;
  const { batchSize, outHeight, outWidth, outChannels, filterHeight, filterWidth, inChannels } = info;
  const dFilter = context.zeros([filterHeight, filterWidth, inChannels, outChannels]);
  const windows = layWindows(context, context.address(x), info, context.scratch(windowBytes(info)));
  const run = filterWidth * inChannels;
  for (let row = 0; row < filterHeight; row++) {
    functions.gemmOuter(
      windows.images + row * windows.width * inChannels * FLOAT,
      windows.offsets,
      0,
      context.address(dy),
      outChannels * FLOAT,
      batchSize * outHeight * outWidth,
      run,
      outChannels,
      context.address(dFilter) + row * run * outChannels * FLOAT,
      outChannels * FLOAT,
    );
  }
  return dFilter;
});

const inputGradient = wasmKernel<ConvAttributes>('Conv2DBackpropInput', ({ inputs, attributes, context, original }) => {
  const [dy, filter] = [input({ inputs }, 'dy'), input({ inputs }, 'filter')];
  if (!covered(attributes)) return original();
  const info = geometryOf(attributes, attributes.inputShape ?? [], filter.shape);
  const turned =
    info.strideHeight === 1 &&
    info.strideWidth === 1 &&
    info.padInfo.top < info.filterHeight &&
    info.padInfo.left < info.filterWidth;
  return turned ? turnedConvolution(context, dy, filter, info) : scattered(context, dy, filter, info);
});

/** Stride 1: a convolution of dy with the filter turned by 180° and its channels exchanged. */
function turnedConvolution(context: WasmContext, dy: TensorInfo, filter: TensorInfo, info: Geometry): TensorInfo {
  const { functions } = context;
  const { batchSize, inHeight, inWidth, inChannels, outChannels, filterHeight, filterWidth, padInfo } = info;
  const back: Geometry = {
    ...info,
    inHeight: info.outHeight,
    inWidth: info.outWidth,
    inChannels: outChannels,
    outHeight: inHeight,
    outWidth: inWidth,
    outChannels: inChannels,
    padInfo: { ...padInfo, top: filterHeight - 1 - padInfo.top, left: filterWidth - 1 - padInfo.left },
  };
  const taps = filterHeight * filterWidth;
  const inner = taps * outChannels;
  const dx = context.output([batchSize, inHeight, inWidth, inChannels]);
  const tile = context.scratch(TILE_BYTES + packedBytes(inner, inChannels) + windowBytes(back));
  const packed = tile + TILE_BYTES;
  const weights = context.address(filter);
  for (let tap = 0; tap < taps; tap++) {
    const from = weights + (taps - 1 - tap) * inChannels * outChannels * FLOAT;
    functions.pack(from, packed + tap * outChannels * 32, outChannels, inChannels, 1, outChannels, inner);
  }
  const windows = layWindows(context, context.address(dy), back, packed + packedBytes(inner, inChannels));
  functions.gemmRows(
    windows.images,
    windows.offsets,
    0,
    batchSize * inHeight * inWidth,
    windows.segments,
    filterHeight,
    filterWidth * outChannels,
    packed,
    inChannels,
    context.address(dx),
    inChannels * FLOAT,
    0,
    tile,
  );
  return dx;
}

/** Any stride: what each output pixel gives to the places of its window, added up there. */
function scattered(context: WasmContext, dy: TensorInfo, filter: TensorInfo, info: Geometry): TensorInfo {
  const { functions } = context;
  const {
    batchSize,
    inHeight,
    inWidth,
    inChannels,
    outChannels,
    outHeight,
    outWidth,
    filterHeight,
    filterWidth,
    padInfo,
  } = info;
  const taps = filterHeight * filterWidth * inChannels;
  const { height, width } = paddedSize(info);
  const imageBytes = height * width * inChannels * FLOAT;
  const perRound = Math.max(1, Math.floor(TAP_BYTES / (outHeight * outWidth * taps * FLOAT)));
  const pixels = perRound * outHeight * outWidth;
  const dx = context.output([batchSize, inHeight, inWidth, inChannels]);

  const tile = context.scratch(
    TILE_BYTES +
      packedBytes(outChannels, taps) +
      FLOAT * (pixels * (taps + 1) + filterHeight) +
      perRound * imageBytes +
      64,
  );
  const packed = tile + TILE_BYTES;
  const spread = packed + packedBytes(outChannels, taps);
  const offsets = spread + pixels * taps * FLOAT;
  const segments = offsets + pixels * FLOAT;
  const padded = align(segments + filterHeight * FLOAT);
  const pixel = inChannels * FLOAT;
  functions.pack(context.address(filter), packed, outChannels, taps, 1, outChannels, outChannels);
  functions.windowOffsets(
    offsets,
    perRound,
    outHeight,
    outWidth,
    imageBytes,
    info.strideHeight * width * pixel,
    info.strideWidth * pixel,
  );
  context.writeIntegers(
    segments,
    Array.from({ length: filterHeight }, (_, row) => row * width * pixel),
  );

  for (let image = 0; image < batchSize; image += perRound) {
    const count = Math.min(perRound, batchSize - image);
    const rows = count * outHeight * outWidth;
    const from = context.address(dy) + image * outHeight * outWidth * outChannels * FLOAT;
    functions.gemmRows(
      from,
      0,
      outChannels * FLOAT,
      rows,
      0,
      1,
      outChannels,
      packed,
      taps,
      spread,
      taps * FLOAT,
      0,
      tile,
    );
    context.clear(padded, count * imageBytes);
    functions.addWindows(spread, offsets, padded, rows, segments, filterHeight, filterWidth * inChannels);
    const to = context.address(dx) + image * inHeight * inWidth * pixel;
    functions.cropImages(padded, to, count, inHeight, inWidth, pixel, padInfo.top, padInfo.left, height, width);
  }
  return dx;
}

/** Convolutions. */
export const convolutionKernels = [conv2d, filterGradient, inputGradient];
