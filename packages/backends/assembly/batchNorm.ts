// Batch normalisation over the rows of [rows, channels]: wide loops where channels allow, four channels at a time after.
import { CHUNK, sumColumns16, sumGradients8, sumSquares16 } from './batchNormWide';
import { loadLeft, loadPart, storeLeft, storePart } from './math';

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
  const perRow: f32 = <f32>1 / <f32>rows;
  sumRows(x, rows, channels, mean);
  scale(mean, channels, perRow);
  sumSquares(x, rows, channels, mean, variance);
  scale(variance, channels, perRow);
  for (let c: usize = 0; c < <usize>channels << 2; c += 4) {
    store<f32>(inverseStd + c, <f32>1 / sqrt<f32>(load<f32>(variance + c) + epsilon));
  }
}

function scale(values: usize, count: i32, factor: f32): void {
  for (let c: usize = 0; c < <usize>count << 2; c += 4) store<f32>(values + c, load<f32>(values + c) * factor);
}

/** Sums the columns of [rows, channels], as for a mean or the gradient of a bias. */
export function sumRows(x: usize, rows: i32, channels: i32, total: usize): void {
  const rowBytes: usize = <usize>channels << 2;
  let c = 0;
  for (; c + 16 <= channels; c += 16, x += 64, total += 64) sumColumns16(x, rows, rowBytes, total);
  for (; c < channels; c += 4, x += 16, total += 16) {
    const width = channels - c;
    storeLeft(total, sumColumns(x, rows, rowBytes, width), width);
  }
}

function sumColumns(x: usize, rows: i32, rowBytes: usize, width: i32): v128 {
  let total = f32x4.splat(0);
  for (let row = 0; row < rows; row += CHUNK) {
    let part = f32x4.splat(0);
    const count = min(CHUNK, rows - row);
    for (let i = 0; i < count; i++, x += rowBytes) part = f32x4.add(part, loadLeft(x, width));
    total = f32x4.add(total, part);
  }
  return total;
}

function sumSquares(x: usize, rows: i32, channels: i32, mean: usize, total: usize): void {
  const rowBytes: usize = <usize>channels << 2;
  let c = 0;
  for (; c + 16 <= channels; c += 16, x += 64, mean += 64, total += 64) sumSquares16(x, rows, rowBytes, mean, total);
  for (; c < channels; c += 4, x += 16, mean += 16, total += 16) {
    const width = channels - c;
    storeLeft(total, sumSquaresOf(x, rows, rowBytes, width, loadLeft(mean, width)), width);
  }
}

function sumSquaresOf(x: usize, rows: i32, rowBytes: usize, width: i32, mean: v128): v128 {
  let total = f32x4.splat(0);
  for (let row = 0; row < rows; row += CHUNK) {
    let part = f32x4.splat(0);
    const count = min(CHUNK, rows - row);
    for (let i = 0; i < count; i++, x += rowBytes) {
      const centred = f32x4.sub(loadLeft(x, width), mean);
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
    let c = 0;
    for (; c + 4 <= channels; c += 4) {
      const o: usize = <usize>c << 2;
      let value = f32x4.add(f32x4.mul(v128.load(x + o), v128.load(factor + o)), v128.load(shift + o));
      if (residual) value = f32x4.add(value, v128.load(residual + o));
      v128.store(y + o, f32x4.max(value, floor));
    }
    if (c < channels) {
      const o: usize = <usize>c << 2;
      const width = channels - c;
      let value = f32x4.add(f32x4.mul(loadPart(x + o, width), loadPart(factor + o, width)), loadPart(shift + o, width));
      if (residual) value = f32x4.add(value, loadPart(residual + o, width));
      storePart(y + o, f32x4.max(value, floor), width);
    }
    x += rowBytes;
    y += rowBytes;
    if (residual) residual += rowBytes;
  }
}

/**
 * Gradients of y = act(norm(x)·scale + offset + residual). `y` is 0 without ReLU, `dSum` (the gradient before the
 * activation, which is the residual's) is 0 where nobody wants it. `shares` says how much each row counted in the
 * statistics; 0: all the same. `work` holds 3·channels + 4 floats.
 */
export function batchNormGradient(
  dy: usize,
  x: usize,
  y: usize,
  shares: usize,
  rows: i32,
  channels: i32,
  scale: usize,
  mean: usize,
  inverseStd: usize,
  dx: usize,
  dScale: usize,
  dOffset: usize,
  dSum: usize,
  work: usize,
): void {
  const bytes: usize = <usize>channels << 2;
  sumGradients(dy, x, y, rows, channels, mean, dOffset, dScale);
  const factor = work;
  const slope = work + bytes;
  const base = slope + bytes;
  const perRow: f32 = shares ? <f32>1 : <f32>1 / <f32>rows;
  // dx = (dn - (dOffset + normal·dScale)·share)·factor, written as dn·factor - x·slope - base
  for (let c: usize = 0; c < bytes; c += 4) {
    const inverse = load<f32>(inverseStd + c);
    const scaled = load<f32>(dScale + c) * inverse;
    store<f32>(dScale + c, scaled);
    const f = load<f32>(scale + c) * inverse;
    const s = scaled * perRow * inverse * f;
    store<f32>(factor + c, f);
    store<f32>(slope + c, s);
    store<f32>(base + c, load<f32>(dOffset + c) * perRow * f - load<f32>(mean + c) * s);
  }
  for (let row = 0; row < rows; row++) {
    const share = shares ? v128.load32_splat(shares + (<usize>row << 2)) : f32x4.splat(1);
    applyRow(dy, x, y, share, channels, factor, slope, base, dx, dSum);
    dy += bytes;
    x += bytes;
    dx += bytes;
    if (y) y += bytes;
    if (dSum) dSum += bytes;
  }
}

@inline
function passed(dy: usize, y: usize, width: i32): v128 {
  const value = loadLeft(dy, width);
  return y ? v128.and(value, f32x4.gt(loadLeft(y, width), f32x4.splat(0))) : value;
}

/** plain = Σ dn, weighted = Σ dn·(x - mean), where dn is dy as far as ReLU let it through. */
function sumGradients(
  dy: usize,
  x: usize,
  y: usize,
  rows: i32,
  channels: i32,
  mean: usize,
  plain: usize,
  weighted: usize,
): void {
  const rowBytes: usize = <usize>channels << 2;
  let c = 0;
  for (; c + 8 <= channels; c += 8) {
    const o: usize = <usize>c << 2;
    sumGradients8(dy + o, x + o, y ? y + o : 0, rows, rowBytes, mean + o, plain + o, weighted + o);
  }
  for (; c < channels; c += 4) {
    const o: usize = <usize>c << 2;
    const width = channels - c;
    sumGradientsOf(dy + o, x + o, y ? y + o : 0, rows, rowBytes, width, mean + o, plain + o, weighted + o);
  }
}

function sumGradientsOf(
  dy: usize,
  x: usize,
  y: usize,
  rows: i32,
  rowBytes: usize,
  width: i32,
  mean: usize,
  plain: usize,
  weighted: usize,
): void {
  const average = loadLeft(mean, width);
  let plainTotal = f32x4.splat(0);
  let weightedTotal = f32x4.splat(0);
  for (let row = 0; row < rows; row += CHUNK) {
    let plainPart = f32x4.splat(0);
    let weightedPart = f32x4.splat(0);
    const count = min(CHUNK, rows - row);
    for (let i = 0; i < count; i++) {
      const d = passed(dy, y, width);
      plainPart = f32x4.add(plainPart, d);
      weightedPart = f32x4.add(weightedPart, f32x4.mul(d, f32x4.sub(loadLeft(x, width), average)));
      dy += rowBytes;
      x += rowBytes;
      if (y) y += rowBytes;
    }
    plainTotal = f32x4.add(plainTotal, plainPart);
    weightedTotal = f32x4.add(weightedTotal, weightedPart);
  }
  storeLeft(plain, plainTotal, width);
  storeLeft(weighted, weightedTotal, width);
}

@inline
function applyRow(
  dy: usize,
  x: usize,
  y: usize,
  share: v128,
  channels: i32,
  factor: usize,
  slope: usize,
  base: usize,
  dx: usize,
  dSum: usize,
): void {
  for (let c = 0; c < channels; c += 4) {
    const o: usize = <usize>c << 2;
    const width = channels - c;
    const d = passed(dy + o, y ? y + o : 0, width);
    if (dSum) storeLeft(dSum + o, d, width);
    const counted = f32x4.mul(loadLeft(x + o, width), share);
    const moved = f32x4.sub(f32x4.mul(d, loadLeft(factor + o, width)), f32x4.mul(counted, loadLeft(slope + o, width)));
    storeLeft(dx + o, f32x4.sub(moved, f32x4.mul(loadLeft(base + o, width), share)), width);
  }
}
