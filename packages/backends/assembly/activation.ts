// Elementwise functions with their gradients. `count` is in floats.
import { erf4, exp4, loadPart, storePart } from './math';

@inline
function cumulative(x: v128): v128 {
  const erf = erf4(f32x4.mul(x, f32x4.splat(0.7071067811865476)));
  return f32x4.mul(f32x4.add(erf, f32x4.splat(1)), f32x4.splat(0.5));
}

/** The derivative of x·Φ(x): Φ(x) + x·φ(x). */
@inline
function geluSlope(x: v128): v128 {
  const power = exp4(f32x4.mul(f32x4.mul(x, x), f32x4.splat(-0.5)));
  return f32x4.add(cumulative(x), f32x4.mul(x, f32x4.mul(power, f32x4.splat(0.3989422804014327))));
}

/** y = x·Φ(x). */
export function gelu(x: usize, y: usize, count: i32): void {
  let i = 0;
  for (; i + 4 <= count; i += 4, x += 16, y += 16) {
    const value = v128.load(x);
    v128.store(y, f32x4.mul(value, cumulative(value)));
  }
  if (i < count) {
    const value = loadPart(x, count - i);
    storePart(y, f32x4.mul(value, cumulative(value)), count - i);
  }
}

/** dx = dy·(Φ(x) + x·φ(x)). */
export function geluGradient(dy: usize, x: usize, dx: usize, count: i32): void {
  let i = 0;
  for (; i + 4 <= count; i += 4, x += 16, dy += 16, dx += 16) {
    v128.store(dx, f32x4.mul(v128.load(dy), geluSlope(v128.load(x))));
  }
  if (i < count) {
    const rest = count - i;
    storePart(dx, f32x4.mul(loadPart(dy, rest), geluSlope(loadPart(x, rest))), rest);
  }
}

/** dx = dy where y > 0, else 0. */
export function reluGradient(dy: usize, y: usize, dx: usize, count: i32): void {
  let i = 0;
  const zero = f32x4.splat(0);
  for (; i + 4 <= count; i += 4, y += 16, dy += 16, dx += 16) {
    v128.store(dx, v128.and(v128.load(dy), f32x4.gt(v128.load(y), zero)));
  }
  for (; i < count; i++, y += 4, dy += 4, dx += 4) store<f32>(dx, load<f32>(y) > 0 ? load<f32>(dy) : 0);
}
