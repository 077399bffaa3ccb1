// How a convolution, or its gradient by the input, becomes matrix products without padded or unfolded copies of images.
//
// For every place of the result the taps of the filter that meet the image are listed; places with the same taps at the
// same distances form a class (the inside, each border, each corner; with strides each phase), and a class is one matrix
// product. What would meet padding is never multiplied, which on small maps is a large part (5/9 on 2×2).
import type { backend_util } from '@tensorflow/tfjs-core';

const FLOAT = 4;

/** Places along one axis that meet the same taps at the same distances. */
interface AxisClass {
  /** Places in the result. */
  readonly places: number[];
  /** For each place, where its first tap lies in the source. */
  readonly sources: number[];
  /** Taps, as places along the packed filter, and how far from the first tap each lies in the source. */
  readonly taps: ReadonlyArray<{ readonly tap: number; readonly distance: number }>;
}

/** A run of floats that is contiguous in the source and in the packed filter. */
export interface Run {
  /** Bytes from the start of the window. */
  readonly shift: number;
  /** First row of the filter seen as [kH·kW·channels, ...]. */
  readonly filterRow: number;
}

/** One matrix product: places of a single image, repeated for every image. */
export interface PlaceClass {
  /** Where each window starts, in bytes within an image of the source. */
  readonly sources: Int32Array;
  /** Where each result pixel starts, in bytes within an image of the result. */
  readonly places: Int32Array;
  readonly runs: readonly Run[];
  /** Floats of each run. */
  readonly length: number;
}

interface Axis {
  readonly result: number;
  readonly source: number;
  readonly size: number;
  readonly stride: number;
  readonly before: number;
}

/** Source place of a tap for a result place, or undefined where it meets padding or falls between strides. */
type Meeting = (axis: Axis, place: number, tap: number) => number | undefined;

const within = (at: number, length: number): number | undefined => (at >= 0 && at < length ? at : undefined);

/** Forward: tap k of output o meets input o·stride + k - padding. */
const forwardMeeting: Meeting = (axis, place, tap) => within(place * axis.stride + tap - axis.before, axis.source);

/** Backward with the filter turned: packed tap t is k = size - 1 - t; input i was met by output (i + padding - k)/stride. */
const backwardMeeting: Meeting = (axis, place, tap) => {
  const apart = place + axis.before - (axis.size - 1 - tap);
  return apart % axis.stride === 0 ? within(apart / axis.stride, axis.source) : undefined;
};

function axisClasses(axis: Axis, meeting: Meeting): AxisClass[] {
  const classes = new Map<string, AxisClass>();
  for (let place = 0; place < axis.result; place++) {
    const met = Array.from({ length: axis.size }, (_, tap) => ({ tap, at: meeting(axis, place, tap) }));
    const real = met.flatMap(({ tap, at }) => (at === undefined ? [] : [{ tap, at }]));
    const first = real[0]?.at ?? 0;
    const taps = real.map(({ tap, at }) => ({ tap, distance: at - first }));
    const key = taps.map(({ tap, distance }) => `${tap}:${distance}`).join();
    const known = classes.get(key) ?? { places: [], sources: [], taps };
    known.places.push(place);
    known.sources.push(first);
    classes.set(key, known);
  }
  return [...classes.values()];
}

/** Widths and channels of source, result and filter that turn places into floats. */
interface Layout {
  readonly sourceWidth: number;
  readonly sourceChannels: number;
  readonly resultWidth: number;
  readonly resultChannels: number;
  readonly filterWidth: number;
}

function placeClass(rows: AxisClass, columns: AxisClass, layout: Layout): PlaceClass {
  const { sourceWidth, sourceChannels, resultWidth, resultChannels, filterWidth } = layout;
  const cross = (row: readonly number[], column: readonly number[], width: number, channels: number) =>
    Int32Array.from(row.flatMap((r) => column.map((c) => (r * width + c) * channels * FLOAT)));
  const touching = columns.taps.every(
    ({ tap, distance }, i) => distance === i && tap === (columns.taps[0]?.tap ?? 0) + i,
  );
  const starts = touching ? columns.taps.slice(0, 1) : columns.taps;
  const runs = rows.taps.flatMap((row) =>
    starts.map((column) => ({
      shift: (row.distance * sourceWidth + column.distance) * sourceChannels * FLOAT,
      filterRow: (row.tap * filterWidth + column.tap) * sourceChannels,
    })),
  );
  return {
    sources: cross(rows.sources, columns.sources, sourceWidth, sourceChannels),
    places: cross(rows.places, columns.places, resultWidth, resultChannels),
    runs,
    length: (touching ? columns.taps.length : 1) * sourceChannels,
  };
}

function classesOf(rows: Axis, columns: Axis, meeting: Meeting, layout: Layout): PlaceClass[] {
  const columnClasses = axisClasses(columns, meeting);
  return axisClasses(rows, meeting).flatMap((row) => columnClasses.map((column) => placeClass(row, column, layout)));
}

/** The classes of a convolution's output: source x, result y. */
export function forwardPlan(info: backend_util.Conv2DInfo): PlaceClass[] {
  const { padInfo } = info;
  const rows = {
    result: info.outHeight,
    source: info.inHeight,
    size: info.filterHeight,
    stride: info.strideHeight,
    before: padInfo.top,
  };
  const columns = {
    result: info.outWidth,
    source: info.inWidth,
    size: info.filterWidth,
    stride: info.strideWidth,
    before: padInfo.left,
  };
  return classesOf(rows, columns, forwardMeeting, {
    sourceWidth: info.inWidth,
    sourceChannels: info.inChannels,
    resultWidth: info.outWidth,
    resultChannels: info.outChannels,
    filterWidth: info.filterWidth,
  });
}

/** The classes of the gradient by the input: source dy, result dx, the filter turned by 180°. */
export function backwardPlan(info: backend_util.Conv2DInfo): PlaceClass[] {
  const { padInfo } = info;
  const rows = {
    result: info.inHeight,
    source: info.outHeight,
    size: info.filterHeight,
    stride: info.strideHeight,
    before: padInfo.top,
  };
  const columns = {
    result: info.inWidth,
    source: info.outWidth,
    size: info.filterWidth,
    stride: info.strideWidth,
    before: padInfo.left,
  };
  return classesOf(rows, columns, backwardMeeting, {
    sourceWidth: info.outWidth,
    sourceChannels: info.outChannels,
    resultWidth: info.inWidth,
    resultChannels: info.inChannels,
    filterWidth: info.filterWidth,
  });
}
