// Filter weights along one axis, as Pillow and torch's antialiased interpolation compute them: each output takes the
// inputs within the filter's support around its centre, and the weights at the edge are normalised to sum to 1.
// Source: Pillow, src/libImaging/Resample.c (precompute_coeffs); torch, UpSampleKernel.cpp uses the same rule.
import type { Interpolation } from './renderPlan.js';

interface Filter {
  /** Half the filter's width at scale 1. */
  readonly support: number;
  weight(distance: number): number;
}

const filters: Readonly<Record<Exclude<Interpolation, 'nearest'>, Filter>> = {
  box: { support: 0.5, weight: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) },
  bilinear: { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  bicubic: { support: 2, weight: (x) => keysCubic(Math.abs(x), -0.5) },
};

/** Without antialiasing torch has another bicubic: a = -0.75, and beyond the edge the edge's pixel (UpSample.h). */
const plainBicubic: Filter = { support: 2, weight: (x) => keysCubic(Math.abs(x), -0.75) };

/** Keys' cubic; a = -0.5 is Pillow's choice and that of torch's antialiased bicubic. */
function keysCubic(x: number, a: number): number {
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}

/** Outputs along one axis as weighted sums of inputs. */
export interface AxisWeights {
  /** Number of outputs. */
  readonly count: number;
  /** First input of each output; never falls from one output to the next. */
  readonly starts: Int32Array;
  /** How many inputs each output takes. */
  readonly lengths: Int32Array;
  /** Weights of output i from `i * stride`. */
  readonly weights: Float32Array;
  readonly stride: number;
}

/** Which outputs of an axis are wanted, and how they come to be. */
export interface AxisRequest {
  readonly inputSize: number;
  /** Length of the whole resized axis. */
  readonly outputSize: number;
  /** The first output wanted, and how many. */
  readonly from: number;
  readonly count: number;
  readonly interpolation: Interpolation;
  readonly antialias: boolean;
}

/** Weights kept: those of the sizes that came last. */
const mostKept = 64;
const kept = new Map<string, AxisWeights>(); // in the order of their last use

/** The weights of the wanted outputs of an axis. Borrowed: never write to them. */
export function axisWeights(request: AxisRequest): AxisWeights {
  const { inputSize, outputSize, from, count, interpolation, antialias } = request;
  const key = [inputSize, outputSize, from, count, interpolation, antialias].join();
  const weights = kept.get(key) ?? computeWeights(request);
  kept.delete(key);
  kept.set(key, weights);
  const [oldest] = kept.keys();
  if (kept.size > mostKept && oldest !== undefined) kept.delete(oldest);
  return weights;
}

function computeWeights(request: AxisRequest): AxisWeights {
  const { interpolation, antialias } = request;
  if (interpolation === 'nearest') return nearestWeights(request);
  if (interpolation === 'bicubic' && !antialias) return edgeRepeatingWeights(request, plainBicubic);
  return filterWeights(request, filters[interpolation]);
}

function nearestWeights({ inputSize, outputSize, from, count }: AxisRequest): AxisWeights {
  const starts = Int32Array.from({ length: count }, (_, i) =>
    Math.min(inputSize - 1, Math.floor(((from + i + 0.5) * inputSize) / outputSize)),
  );
  return { count, starts, lengths: new Int32Array(count).fill(1), weights: new Float32Array(count).fill(1), stride: 1 };
}

function filterWeights(request: AxisRequest, filter: Filter): AxisWeights {
  const { inputSize, outputSize, from, count, antialias } = request;
  const scale = inputSize / outputSize;
  const filterScale = antialias ? Math.max(scale, 1) : 1;
  const support = filter.support * filterScale;
  const stride = Math.ceil(support) * 2 + 1;
  const starts = new Int32Array(count);
  const lengths = new Int32Array(count);
  const weights = new Float32Array(count * stride);
  for (let i = 0; i < count; i++) {
    const centre = (from + i + 0.5) * scale;
    const start = Math.max(0, Math.trunc(centre - support + 0.5));
    const end = Math.min(inputSize, Math.trunc(centre + support + 0.5));
    const own = weights.subarray(i * stride, i * stride + end - start);
    for (let k = 0; k < own.length; k++) own[k] = filter.weight((start + k + 0.5 - centre) / filterScale);
    starts[i] = start;
    lengths[i] = normalizeWeights(own);
  }
  return { count, starts, lengths, weights, stride };
}

/** A filter of fixed width that finds the edge's input beyond the edge. */
function edgeRepeatingWeights({ inputSize, outputSize, from, count }: AxisRequest, filter: Filter): AxisWeights {
  const stride = filter.support * 2;
  const last = inputSize - 1;
  const starts = new Int32Array(count);
  const lengths = new Int32Array(count);
  const weights = new Float32Array(count * stride);
  for (let i = 0; i < count; i++) {
    const place = ((from + i + 0.5) * inputSize) / outputSize - 0.5;
    const first = Math.floor(place) - filter.support + 1;
    const start = Math.min(last, Math.max(0, first));
    for (let input = first; input < first + stride; input++) {
      const slot = i * stride + Math.min(last, Math.max(0, input)) - start;
      weights[slot] = (weights[slot] ?? 0) + filter.weight(input - place);
    }
    starts[i] = start;
    lengths[i] = Math.min(last, Math.max(0, first + stride - 1)) - start + 1;
  }
  return { count, starts, lengths, weights, stride };
}

/** Makes weights sum to 1 and returns how many count: without zeros at the end; the first where all are zero. */
function normalizeWeights(weights: Float32Array): number {
  const sum = weights.reduce((total, value) => total + value, 0);
  if (sum === 0) weights[0] = 1;
  for (let k = 0; sum !== 0 && k < weights.length; k++) weights[k] = (weights[k] ?? 0) / sum;
  let length = weights.length;
  while (length > 1 && weights[length - 1] === 0) length--;
  return length;
}
