// exp, erf and small helpers on four floats at once.

/** a·b + c, in one rounding where the module is compiled for relaxed SIMD. */
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? f32x4.relaxed_madd(a, b, c) : f32x4.add(c, f32x4.mul(a, b));
}

/** e^x, relative error below 2e-7 (Cephes expf: x = n·ln 2 + r, polynomial in r); 0 below -87.3, saturates above 88. */
@inline
export function exp4(x: v128): v128 {
  const low = f32x4.lt(x, f32x4.splat(-87.33654));
  x = f32x4.max(f32x4.min(x, f32x4.splat(88.3762626647949)), f32x4.splat(-87.33654));
  const n = f32x4.nearest(f32x4.mul(x, f32x4.splat(1.44269504088896341)));
  let r = f32x4.sub(x, f32x4.mul(n, f32x4.splat(0.693359375)));
  r = f32x4.sub(r, f32x4.mul(n, f32x4.splat(-2.12194440e-4)));
  let p = f32x4.splat(1.9875691500e-4);
  p = madd(p, r, f32x4.splat(1.3981999507e-3));
  p = madd(p, r, f32x4.splat(8.3334519073e-3));
  p = madd(p, r, f32x4.splat(4.1665795894e-2));
  p = madd(p, r, f32x4.splat(1.6666665459e-1));
  p = madd(p, r, f32x4.splat(5.0000001201e-1));
  p = f32x4.add(f32x4.mul(p, f32x4.mul(r, r)), f32x4.add(r, f32x4.splat(1)));
  const power = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
  return v128.andnot(f32x4.mul(p, power), low);
}

/** erf(x), absolute error below 2e-7: a rational function on [-4, 4], where erf is ±1 beyond to float32. */
@inline
export function erf4(x: v128): v128 {
  x = f32x4.max(f32x4.min(x, f32x4.splat(4)), f32x4.splat(-4));
  const t = f32x4.mul(x, x);
  let p = f32x4.splat(-2.72614225801306e-10);
  p = madd(p, t, f32x4.splat(2.77068142495902e-8));
  p = madd(p, t, f32x4.splat(-2.10102402082508e-6));
  p = madd(p, t, f32x4.splat(-5.69250639462346e-5));
  p = madd(p, t, f32x4.splat(-7.34990630326855e-4));
  p = madd(p, t, f32x4.splat(-2.954599808540e-3));
  p = madd(p, t, f32x4.splat(-1.60960333262415e-2));
  let q = f32x4.splat(-1.45660718464996e-5);
  q = madd(q, t, f32x4.splat(-2.13374055278905e-4));
  q = madd(q, t, f32x4.splat(-1.68282697438203e-3));
  q = madd(q, t, f32x4.splat(-7.37332916720468e-3));
  q = madd(q, t, f32x4.splat(-1.42647390514189e-2));
  return f32x4.div(f32x4.mul(x, p), q);
}

/** The sum of four lanes. */
@inline
export function sum4(x: v128): f32 {
  return (
    f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 1) + (f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3))
  );
}

/** Up to three floats, zeros after them. */
@inline
export function loadPart(from: usize, count: i32): v128 {
  let x = v128.load32_zero(from);
  if (count > 1) x = f32x4.replace_lane(x, 1, load<f32>(from, 4));
  if (count > 2) x = f32x4.replace_lane(x, 2, load<f32>(from, 8));
  return x;
}

/** Stores the first one to three lanes. */
@inline
export function storePart(to: usize, x: v128, count: i32): void {
  store<f32>(to, f32x4.extract_lane(x, 0));
  if (count > 1) store<f32>(to, f32x4.extract_lane(x, 1), 4);
  if (count > 2) store<f32>(to, f32x4.extract_lane(x, 2), 8);
}

/** Loads four lanes, or as many as are left of a row. */
@inline
export function loadLeft(from: usize, left: i32): v128 {
  return left >= 4 ? v128.load(from) : loadPart(from, left);
}

/** Stores four lanes, or as many as are left of a row. */
@inline
export function storeLeft(to: usize, x: v128, left: i32): void {
  if (left >= 4) v128.store(to, x);
  else storePart(to, x, left);
}
