// Convolution and its two gradients as matrix products over images as they are; see convolutionPlan.ts.
// Legend: N images, H rows, W columns, Ci and Co channels, kH and kW filter, oH and oW output.
import { backend_util } from '@tensorflow/tfjs-core';
import { backwardPlan, forwardPlan, type PlaceClass } from './convolutionPlan.js';
import { packedBytes } from './matMulKernels.js';
import type { WasmContext } from './wasmContext.js';
import { input, wasmKernel } from './wasmKernel.js';

const FLOAT = 4;
/** Rows of one product at most, so that the tables of places stay small; more images are done in rounds. */
const MAX_ROWS = 1 << 16;

type Shape4 = [number, number, number, number];

interface ConvAttributes {
  readonly strides: [number, number] | number;
  readonly pad: 'valid' | 'same' | number | backend_util.ExplicitPadding;
  readonly dilations?: [number, number] | number;
  readonly dataFormat?: 'NHWC' | 'NCHW';
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
  readonly inputShape?: Shape4;
  readonly filterShape?: Shape4;
}

type Geometry = backend_util.Conv2DInfo;

const geometryOf = (attributes: ConvAttributes, inputShape: number[], filterShape: number[]): Geometry =>
  backend_util.computeConv2DInfo(
    inputShape as Shape4,
    filterShape as Shape4,
    attributes.strides,
    attributes.dilations ?? 1,
    attributes.pad,
    attributes.dimRoundingMode,
  );

const covered = (attributes: ConvAttributes): boolean =>
  (attributes.dataFormat ?? 'NHWC') === 'NHWC' && backend_util.tupleValuesAreOne(attributes.dilations ?? 1);

const plans = new Map<string, PlaceClass[]>();

/** Plans depend on the geometry alone and are made once. */
function planOf(kind: 'forward' | 'backward', info: Geometry): PlaceClass[] {
  const { padInfo } = info;
  const key = [kind, info.inHeight, info.inWidth, info.inChannels, info.outHeight, info.outWidth, info.outChannels]
    .concat([info.filterHeight, info.filterWidth, info.strideHeight, info.strideWidth, padInfo.top, padInfo.left])
    .join();
  const known = plans.get(key) ?? (kind === 'forward' ? forwardPlan(info) : backwardPlan(info));
  plans.set(key, known);
  return known;
}

/** Floats per image, for source and result. */
interface ImageSizes {
  readonly source: number;
  readonly result: number;
}

/** Tables of one class for some images: where windows and result pixels start, and how many there are. */
interface Tables {
  readonly sources: number;
  readonly places: number;
  readonly rows: number;
  readonly images: number;
  readonly firstImage: number;
}

const tableBytes = (plan: readonly PlaceClass[], images: number): number =>
  Math.max(
    ...plan.map(
      ({ places, runs }) => 2 * FLOAT * (places.length * (imagesPerRound(places.length, images) + 1) + runs.length),
    ),
  ) + 64;

const imagesPerRound = (places: number, images: number): number =>
  Math.min(images, Math.max(1, Math.floor(MAX_ROWS / places)));

/** Calls `use` with the tables of each round of images, laid out from `at` on. */
function eachRound(
  context: WasmContext,
  place: PlaceClass,
  images: number,
  sizes: ImageSizes,
  at: number,
  use: (tables: Tables) => void,
): void {
  const count = place.places.length;
  const round = imagesPerRound(count, images);
  const [ownSources, ownPlaces, sources] = [at, at + FLOAT * count, at + 2 * FLOAT * count];
  const places = sources + FLOAT * count * round;
  context.writeIntegers(ownSources, place.sources);
  context.writeIntegers(ownPlaces, place.places);
  context.functions.repeatOffsets(ownSources, count, round, sizes.source * FLOAT, sources);
  context.functions.repeatOffsets(ownPlaces, count, round, sizes.result * FLOAT, places);
  for (let firstImage = 0; firstImage < images; firstImage += round) {
    const present = Math.min(round, images - firstImage);
    use({ sources, places, rows: present * count, images: present, firstImage });
  }
}

/** Bytes of work the products of a plan need. */
const productWork = ({ functions }: WasmContext, plan: readonly PlaceClass[], images: number): number =>
  Math.max(...plan.map(({ places, runs, length }) => functions.rowsWork(places.length * images, runs.length * length)));

/** result = source windows · packed filter, class by class. */
interface Products {
  readonly plan: readonly PlaceClass[];
  readonly images: number;
  readonly sizes: ImageSizes;
  readonly source: number;
  readonly result: number;
  readonly packed: number;
  readonly inner: number;
  readonly columns: number;
  readonly work: number;
}

function multiplyClasses(context: WasmContext, p: Products): void {
  const runTable = p.packed + packedBytes(p.inner, p.columns);
  for (const place of p.plan) {
    context.writeIntegers(
      runTable,
      place.runs.flatMap(({ shift, filterRow }) => [shift, filterRow * 8 * FLOAT]),
    );
    const tables = runTable + 2 * FLOAT * place.runs.length;
    eachRound(context, place, p.images, p.sizes, tables, ({ sources, places, rows, firstImage }) => {
      const source = p.source + firstImage * p.sizes.source * FLOAT;
      const result = p.result + firstImage * p.sizes.result * FLOAT;
      const { runs, length } = place;
      context.functions.gemmRows(
        ...[source, sources, 0, rows, runTable, runs.length, length],
        ...[p.packed, p.inner, p.columns, result, places, 0, 0, p.work],
      );
    });
  }
}

const conv2d = wasmKernel<ConvAttributes>('Conv2D', ({ inputs, attributes, context, original }) => {
  const [x, filter] = [input({ inputs }, 'x'), input({ inputs }, 'filter')];
  if (!covered(attributes)) return original();
  const info = geometryOf(attributes, x.shape, filter.shape);
  const { batchSize, outHeight, outWidth, outChannels, inChannels } = info;
  const inner = info.filterHeight * info.filterWidth * inChannels;
  const y = context.output([batchSize, outHeight, outWidth, outChannels]);
  const plan = planOf('forward', info);
  const workBytes = productWork(context, plan, batchSize);
  const work = context.scratch(workBytes + packedBytes(inner, outChannels) + tableBytes(plan, batchSize));
  const packed = work + workBytes;
  context.functions.pack(context.address(filter), packed, inner, outChannels, outChannels, 1, inner);
  multiplyClasses(context, {
    plan,
    images: batchSize,
    sizes: forwardSizes(info),
    source: context.address(x),
    result: context.address(y),
    packed,
    inner,
    columns: outChannels,
    work,
  });
  return y;
});

const forwardSizes = (info: Geometry): ImageSizes => ({
  source: info.inHeight * info.inWidth * info.inChannels,
  result: info.outHeight * info.outWidth * info.outChannels,
});

const filterGradient = wasmKernel<ConvAttributes>('Conv2DBackpropFilter', ({ inputs, attributes, context }) => {
  const [x, dy] = [input({ inputs }, 'x'), input({ inputs }, 'dy')];
  if (!covered(attributes)) throw new Error('Conv2DBackpropFilter: only NHWC without dilation has a gradient on wasm.');
  const info = geometryOf(attributes, x.shape, attributes.filterShape ?? []);
  const { batchSize, outChannels, filterHeight, filterWidth, inChannels } = info;
  const dFilter = context.zeros([filterHeight, filterWidth, inChannels, outChannels]);
  const plan = planOf('forward', info);
  const workBytes = context.functions.outerWork(MAX_ROWS, outChannels);
  const work = context.scratch(workBytes + tableBytes(plan, batchSize));
  const sizes = forwardSizes(info);
  const rowBytes = outChannels * FLOAT;
  const runTable = work + workBytes;
  for (const place of plan) {
    const { runs, length } = place;
    context.writeIntegers(
      runTable,
      runs.flatMap(({ shift, filterRow }) => [shift, filterRow * rowBytes]),
    );
    eachRound(
      context,
      place,
      batchSize,
      sizes,
      runTable + 2 * FLOAT * runs.length,
      ({ sources, places, rows, firstImage }) => {
        const left = context.address(x) + firstImage * sizes.source * FLOAT;
        const right = context.address(dy) + firstImage * sizes.result * FLOAT;
        context.functions.gemmOuter(
          ...[left, sources, 0, right, places, 0, rows, runTable, runs.length, length],
          ...[outChannels, context.address(dFilter), rowBytes, work],
        );
      },
    );
  }
  return dFilter;
});

const inputGradient = wasmKernel<ConvAttributes>('Conv2DBackpropInput', ({ inputs, attributes, context, original }) => {
  const [dy, filter] = [input({ inputs }, 'dy'), input({ inputs }, 'filter')];
  if (!covered(attributes)) return original();
  const info = geometryOf(attributes, attributes.inputShape ?? [], filter.shape);
  const { batchSize, inHeight, inWidth, inChannels, outChannels } = info;
  const taps = info.filterHeight * info.filterWidth;
  const inner = taps * outChannels;
  const dx = context.output([batchSize, inHeight, inWidth, inChannels]);
  const plan = planOf('backward', info);
  const workBytes = productWork(context, plan, batchSize);
  const work = context.scratch(workBytes + packedBytes(inner, inChannels) + tableBytes(plan, batchSize));
  const packed = work + workBytes;
  packTurned(context, context.address(filter), packed, { taps, inChannels, outChannels });
  const { source, result } = forwardSizes(info);
  multiplyClasses(context, {
    plan,
    images: batchSize,
    sizes: { source: result, result: source },
    source: context.address(dy),
    result: context.address(dx),
    packed,
    inner,
    columns: inChannels,
    work,
  });
  return dx;
});

/** Packs the filter turned by 180° with its channels exchanged: [taps·Co, Ci]. */
function packTurned(
  context: WasmContext,
  filter: number,
  packed: number,
  size: { taps: number; inChannels: number; outChannels: number },
): void {
  const { taps, inChannels, outChannels } = size;
  for (let tap = 0; tap < taps; tap++) {
    const from = filter + (taps - 1 - tap) * inChannels * outChannels * FLOAT;
    context.functions.pack(
      from,
      packed + tap * outChannels * 8 * FLOAT,
      outChannels,
      inChannels,
      1,
      outChannels,
      taps * outChannels,
    );
  }
}

/** Convolutions. */
export const convolutionKernels = [conv2d, filterGradient, inputGradient];
