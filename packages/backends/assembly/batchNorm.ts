// Batch normalisation over the rows of [rows, channels], four channels at a time and sixteen where they lie together.
import { loadPart, storePart } from './math';

/** Rows summed apart before they join the total, which keeps the rounding of long sums small. */
const CHUNK: i32 = 64;

@inline
function at(x: usize, width: i32): v128 {
  return width == 4 ? v128.load(x) : loadPart(x, width);
}

@inline
function put(x: usize, value: v128, width: i32): void {
  if (width == 4) v128.store(x, value);
  else storePart(x, value, width);
}

/** Mean, biased variance and 1/√(variance + epsilon) of every channel. */
export function batchStatistics(
  x: usize,
  rows: i32,
  channels: i32,
  epsilon: f32,
  mean: usize,
  variance: usize,
  inverseStd: usize,
): void {
  const rowBytes: usize = <usize>channels << 2;
  const perRow = f32x4.splat(<f32>1 / <f32>rows);
  for (let c = 0; c < channels; c += 4) {
    const width = min(4, channels - c);
    const shift: usize = <usize>c << 2;
    const average = f32x4.mul(sumColumns(x + shift, rows, rowBytes, width), perRow);
    const spread = f32x4.mul(sumSquares(x + shift, rows, rowBytes, width, average), perRow);
    put(mean + shift, average, width);
    put(variance + shift, spread, width);
    put(inverseStd + shift, f32x4.div(f32x4.splat(1), f32x4.sqrt(f32x4.add(spread, f32x4.splat(epsilon)))), width);
  }
}

function sumColumns(x: usize, rows: i32, rowBytes: usize, width: i32): v128 {
  let total = f32x4.splat(0);
  for (let row = 0; row < rows; row += CHUNK) {
    let part = f32x4.splat(0);
    const count = min(CHUNK, rows - row);
    for (let i = 0; i < count; i++, x += rowBytes) part = f32x4.add(part, at(x, width));
    total = f32x4.add(total, part);
  }
  return total;
}

function sumSquares(x: usize, rows: i32, rowBytes: usize, width: i32, mean: v128): v128 {
  let total = f32x4.splat(0);
  for (let row = 0; row < rows; row += CHUNK) {
    let part = f32x4.splat(0);
    const count = min(CHUNK, rows - row);
    for (let i = 0; i < count; i++, x += rowBytes) {
      const centred = f32x4.sub(at(x, width), mean);
      part = f32x4.add(part, f32x4.mul(centred, centred));
    }
    total = f32x4.add(total, part);
  }
  return total;
}

/** factor = scale·inverseStd, shift = offset - mean·factor: what `affine` applies. */
export function foldStatistics(
  scale: usize,
  offset: usize,
  mean: usize,
  inverseStd: usize,
  channels: i32,
  factor: usize,
  shift: usize,
): void {
  for (let c: usize = 0; c < <usize>channels << 2; c += 4) {
    const f = load<f32>(scale + c) * load<f32>(inverseStd + c);
    store<f32>(factor + c, f);
    store<f32>(shift + c, load<f32>(offset + c) - load<f32>(mean + c) * f);
  }
}

/** y = x·factor + shift (+ residual), then ReLU where asked; residual 0 for none. */
export function affine(
  x: usize,
  residual: usize,
  y: usize,
  rows: i32,
  channels: i32,
  factor: usize,
  shift: usize,
  relu: i32,
): void {
  const floor = f32x4.splat(relu ? 0 : -Infinity);
  const rowBytes: usize = <usize>channels << 2;
  for (let row = 0; row < rows; row++) {
    for (let c = 0; c < channels; c += 4) {
      const width = min(4, channels - c);
      const o: usize = <usize>c << 2;
      let value = f32x4.add(f32x4.mul(at(x + o, width), at(factor + o, width)), at(shift + o, width));
      if (residual) value = f32x4.add(value, at(residual + o, width));
      put(y + o, f32x4.max(value, floor), width);
    }
    x += rowBytes;
    y += rowBytes;
    if (residual) residual += rowBytes;
  }
}

/**
 * Gradients of y = act(norm(x)·scale + offset + residual). `y` is 0 without ReLU, `dSum` (the gradient before the
 * activation, which is the residual's) is 0 where nobody wants it.
 */
export function batchNormGradient(
  dy: usize,
  x: usize,
  y: usize,
  rows: i32,
  channels: i32,
  scale: usize,
  mean: usize,
  inverseStd: usize,
  dx: usize,
  dScale: usize,
  dOffset: usize,
  dSum: usize,
): void {
  const rowBytes: usize = <usize>channels << 2;
  for (let c = 0; c < channels; c += 4) {
    const width = min(4, channels - c);
    const o: usize = <usize>c << 2;
    const average = at(mean + o, width);
    const inverse = at(inverseStd + o, width);
    sumGradients(dy + o, x + o, y ? y + o : 0, rows, rowBytes, width, average, inverse, dScale + o, dOffset + o);
    const perRow = f32x4.splat(<f32>1 / <f32>rows);
    const factor = f32x4.mul(at(scale + o, width), inverse);
    // dx = (dn - dOffset/R - xhat·dScale/R)·factor, written as dn·factor - x·slope - base
    const slope = f32x4.mul(f32x4.mul(f32x4.mul(at(dScale + o, width), perRow), inverse), factor);
    const base = f32x4.sub(f32x4.mul(f32x4.mul(at(dOffset + o, width), perRow), factor), f32x4.mul(average, slope));
    applyGradient(dy + o, x + o, y ? y + o : 0, rows, rowBytes, width, factor, slope, base, dx + o, dSum ? dSum + o : 0);
  }
}

@inline
function passed(dy: usize, y: usize, width: i32): v128 {
  const value = at(dy, width);
  return y ? v128.and(value, f32x4.gt(at(y, width), f32x4.splat(0))) : value;
}

function sumGradients(
  dy: usize,
  x: usize,
  y: usize,
  rows: i32,
  rowBytes: usize,
  width: i32,
  mean: v128,
  inverse: v128,
  dScale: usize,
  dOffset: usize,
): void {
  let scaleTotal = f32x4.splat(0);
  let offsetTotal = f32x4.splat(0);
  for (let row = 0; row < rows; row += CHUNK) {
    let scalePart = f32x4.splat(0);
    let offsetPart = f32x4.splat(0);
    const count = min(CHUNK, rows - row);
    for (let i = 0; i < count; i++) {
      const d = passed(dy, y, width);
      offsetPart = f32x4.add(offsetPart, d);
      scalePart = f32x4.add(scalePart, f32x4.mul(d, f32x4.sub(at(x, width), mean)));
      dy += rowBytes;
      x += rowBytes;
      if (y) y += rowBytes;
    }
    scaleTotal = f32x4.add(scaleTotal, scalePart);
    offsetTotal = f32x4.add(offsetTotal, offsetPart);
  }
  put(dScale, f32x4.mul(scaleTotal, inverse), width);
  put(dOffset, offsetTotal, width);
}

function applyGradient(
  dy: usize,
  x: usize,
  y: usize,
  rows: i32,
  rowBytes: usize,
  width: i32,
  factor: v128,
  slope: v128,
  base: v128,
  dx: usize,
  dSum: usize,
): void {
  for (let row = 0; row < rows; row++) {
    const d = passed(dy, y, width);
    if (dSum) {
      put(dSum, d, width);
      dSum += rowBytes;
    }
    const value = f32x4.sub(f32x4.sub(f32x4.mul(d, factor), f32x4.mul(at(x, width), slope)), base);
    put(dx, value, width);
    dy += rowBytes;
    x += rowBytes;
    dx += rowBytes;
    if (y) y += rowBytes;
  }
}

/** Sums the columns of [rows, channels], as for the gradient of a bias. */
export function sumRows(x: usize, rows: i32, channels: i32, total: usize): void {
  for (let c = 0; c < channels; c += 4) {
    const width = min(4, channels - c);
    const o: usize = <usize>c << 2;
    put(total + o, sumColumns(x + o, rows, <usize>channels << 2, width), width);
  }
}
