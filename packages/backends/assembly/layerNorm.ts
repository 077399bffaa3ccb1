// Layer normalisation of the rows of [rows, size].
import { loadPart, storePart, sum4 } from './math';

@inline
function at(x: usize, i: i32, size: i32): v128 {
  const from = x + (<usize>i << 2);
  return i + 4 <= size ? v128.load(from) : loadPart(from, size - i);
}

@inline
function put(x: usize, i: i32, size: i32, value: v128): void {
  const to = x + (<usize>i << 2);
  if (i + 4 <= size) v128.store(to, value);
  else storePart(to, value, size - i);
}

/** y = (x - mean)·inverseStd·scale + offset, and the statistics of each row. */
export function layerNorm(
  x: usize,
  scale: usize,
  offset: usize,
  rows: i32,
  size: i32,
  epsilon: f32,
  y: usize,
  mean: usize,
  inverseStd: usize,
): void {
  const rowBytes: usize = <usize>size << 2;
  for (let row = 0; row < rows; row++, x += rowBytes, y += rowBytes) {
    let total = f32x4.splat(0);
    for (let i = 0; i < size; i += 4) total = f32x4.add(total, at(x, i, size));
    const average = sum4(total) / <f32>size;
    const inverse: f32 = <f32>1 / sqrt<f32>(meanSquare(x, size, average) + epsilon);
    const factor = f32x4.splat(inverse);
    const shift = f32x4.splat(average);
    for (let i = 0; i < size; i += 4) {
      const normal = f32x4.mul(f32x4.sub(at(x, i, size), shift), factor);
      put(y, i, size, f32x4.add(f32x4.mul(normal, at(scale, i, size)), at(offset, i, size)));
    }
    store<f32>(mean + (<usize>row << 2), average);
    store<f32>(inverseStd + (<usize>row << 2), inverse);
  }
}

function meanSquare(x: usize, size: i32, average: f32): f32 {
  const shift = f32x4.splat(average);
  let total = f32x4.splat(0);
  let i = 0;
  for (; i + 4 <= size; i += 4) {
    const centred = f32x4.sub(v128.load(x + (<usize>i << 2)), shift);
    total = f32x4.add(total, f32x4.mul(centred, centred));
  }
  let sum = sum4(total);
  for (; i < size; i++) {
    const centred = load<f32>(x + (<usize>i << 2)) - average;
    sum += centred * centred;
  }
  return sum / <f32>size;
}

/** dx per row; dScale and dOffset are summed over rows and must start as zeros. */
export function layerNormGradient(
  dy: usize,
  x: usize,
  scale: usize,
  mean: usize,
  inverseStd: usize,
  rows: i32,
  size: i32,
  dx: usize,
  dScale: usize,
  dOffset: usize,
): void {
  const rowBytes: usize = <usize>size << 2;
  for (let row = 0; row < rows; row++, x += rowBytes, dy += rowBytes, dx += rowBytes) {
    const shift = f32x4.splat(load<f32>(mean + (<usize>row << 2)));
    const inverse = f32x4.splat(load<f32>(inverseStd + (<usize>row << 2)));
    let plain = f32x4.splat(0);
    let projected = f32x4.splat(0);
    for (let i = 0; i < size; i += 4) {
      const d = at(dy, i, size);
      const normal = f32x4.mul(f32x4.sub(at(x, i, size), shift), inverse);
      const scaled = f32x4.mul(d, at(scale, i, size));
      plain = f32x4.add(plain, scaled);
      projected = f32x4.add(projected, f32x4.mul(scaled, normal));
      put(dScale, i, size, f32x4.add(at(dScale, i, size), f32x4.mul(d, normal)));
      put(dOffset, i, size, f32x4.add(at(dOffset, i, size), d));
    }
    const meanPlain = f32x4.splat(sum4(plain) / <f32>size);
    const meanProjected = f32x4.splat(sum4(projected) / <f32>size);
    for (let i = 0; i < size; i += 4) {
      const normal = f32x4.mul(f32x4.sub(at(x, i, size), shift), inverse);
      const scaled = f32x4.mul(at(dy, i, size), at(scale, i, size));
      const value = f32x4.sub(f32x4.sub(scaled, meanPlain), f32x4.mul(normal, meanProjected));
      put(dx, i, size, f32x4.mul(value, inverse));
    }
  }
}
