// The loops of batchNorm.ts for sixteen neighbouring channels, a whole cache line, at once. Totals are left in `target`.

/** Rows summed apart before they join the total, which keeps the rounding of long sums small. */
export const CHUNK: i32 = 64;

@inline
function add16(target: usize, a: v128, b: v128, c: v128, d: v128): void {
  v128.store(target, f32x4.add(v128.load(target), a));
  v128.store(target, f32x4.add(v128.load(target, 16), b), 16);
  v128.store(target, f32x4.add(v128.load(target, 32), c), 32);
  v128.store(target, f32x4.add(v128.load(target, 48), d), 48);
}

@inline
function clear16(target: usize): void {
  memory.fill(target, 0, 64);
}

/** target = Σ x over rows. */
export function sumColumns16(x: usize, rows: i32, rowBytes: usize, target: usize): void {
  clear16(target);
  for (let row = 0; row < rows; row += CHUNK) {
    let a = f32x4.splat(0);
    let b = a;
    let c = a;
    let d = a;
    const count = min(CHUNK, rows - row);
    for (let i = 0; i < count; i++, x += rowBytes) {
      a = f32x4.add(a, v128.load(x));
      b = f32x4.add(b, v128.load(x, 16));
      c = f32x4.add(c, v128.load(x, 32));
      d = f32x4.add(d, v128.load(x, 48));
    }
    add16(target, a, b, c, d);
  }
}

@inline
function squareOf(x: v128, mean: v128): v128 {
  const centred = f32x4.sub(x, mean);
  return f32x4.mul(centred, centred);
}

/** target = Σ (x - mean)² over rows. */
export function sumSquares16(x: usize, rows: i32, rowBytes: usize, mean: usize, target: usize): void {
  clear16(target);
  const m0 = v128.load(mean);
  const m1 = v128.load(mean, 16);
  const m2 = v128.load(mean, 32);
  const m3 = v128.load(mean, 48);
  for (let row = 0; row < rows; row += CHUNK) {
    let a = f32x4.splat(0);
    let b = a;
    let c = a;
    let d = a;
    const count = min(CHUNK, rows - row);
    for (let i = 0; i < count; i++, x += rowBytes) {
      a = f32x4.add(a, squareOf(v128.load(x), m0));
      b = f32x4.add(b, squareOf(v128.load(x, 16), m1));
      c = f32x4.add(c, squareOf(v128.load(x, 32), m2));
      d = f32x4.add(d, squareOf(v128.load(x, 48), m3));
    }
    add16(target, a, b, c, d);
  }
}

/** dy, or dy where y > 0 when `y` is not 0. */
@inline
function passed(dy: usize, y: usize): v128 {
  const d = v128.load(dy);
  return y ? v128.and(d, f32x4.gt(v128.load(y), f32x4.splat(0))) : d;
}

/** plain = Σ dy and weighted = Σ dy·(x - mean) over rows, eight channels. */
export function sumGradients8(
  dy: usize,
  x: usize,
  y: usize,
  rows: i32,
  rowBytes: usize,
  mean: usize,
  plain: usize,
  weighted: usize,
): void {
  const m0 = v128.load(mean);
  const m1 = v128.load(mean, 16);
  let p0 = f32x4.splat(0);
  let p1 = p0;
  let w0 = p0;
  let w1 = p0;
  for (let row = 0; row < rows; row += CHUNK) {
    let a = f32x4.splat(0);
    let b = a;
    let c = a;
    let d = a;
    const count = min(CHUNK, rows - row);
    for (let i = 0; i < count; i++) {
      const d0 = passed(dy, y);
      const d1 = passed(dy + 16, y ? y + 16 : 0);
      a = f32x4.add(a, d0);
      b = f32x4.add(b, d1);
      c = f32x4.add(c, f32x4.mul(d0, f32x4.sub(v128.load(x), m0)));
      d = f32x4.add(d, f32x4.mul(d1, f32x4.sub(v128.load(x, 16), m1)));
      dy += rowBytes;
      x += rowBytes;
      if (y) y += rowBytes;
    }
    p0 = f32x4.add(p0, a);
    p1 = f32x4.add(p1, b);
    w0 = f32x4.add(w0, c);
    w1 = f32x4.add(w1, d);
  }
  v128.store(plain, p0);
  v128.store(plain, p1, 16);
  v128.store(weighted, w0);
  v128.store(weighted, w1, 16);
}
