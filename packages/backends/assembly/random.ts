// Counter-based random numbers; the algorithm is documented at the operation `statelessUniform` in @tessera/layers.

@inline
function mix4(h: v128): v128 {
  h = v128.xor(h, i32x4.shr_u(h, 16));
  h = i32x4.mul(h, i32x4.splat(0x85ebca6b));
  h = v128.xor(h, i32x4.shr_u(h, 13));
  h = i32x4.mul(h, i32x4.splat(0xc2b2ae35));
  return v128.xor(h, i32x4.shr_u(h, 16));
}

/** Where the sequence of a seed starts, in all lanes. */
@inline
function startOf(seed: usize): v128 {
  return mix4(v128.xor(v128.load32_splat(seed), i32x4.splat(0x9e3779b9)));
}

/** Uniform numbers of the indices index..index+3. */
@inline
function uniform4(start: v128, second: v128, index: i32): v128 {
  const indices = i32x4.add(i32x4.splat(index), i32x4(0, 1, 2, 3));
  const h = mix4(i32x4.add(start, i32x4.mul(indices, i32x4.splat(0x9e3779b1))));
  const bits = i32x4.shr_u(mix4(v128.xor(h, second)), 8);
  return f32x4.mul(f32x4.convert_i32x4_s(bits), f32x4.splat(1.0 / 16777216.0));
}

/** Fills with uniform numbers in [0, 1). */
export function uniform(seed: usize, target: usize, count: i32): void {
  const start = startOf(seed);
  const second = v128.load32_splat(seed, 4);
  for (let i = 0; i < count; i += 4, target += 16) {
    storeSome(target, uniform4(start, second, i), count - i);
  }
}

/** y = x/(1 - rate) where the number of the index is at least `rate`, else 0. `x` may be `y`. */
export function dropout(seed: usize, x: usize, y: usize, count: i32, rate: f32): void {
  const start = startOf(seed);
  const second = v128.load32_splat(seed, 4);
  const limit = f32x4.splat(rate);
  const factor = f32x4.splat(<f32>1 / (<f32>1 - rate));
  let i = 0;
  for (; i + 4 <= count; i += 4, x += 16, y += 16) {
    const kept = f32x4.ge(uniform4(start, second, i), limit);
    v128.store(y, v128.and(f32x4.mul(v128.load(x), factor), kept));
  }
  if (i < count) {
    const kept = f32x4.ge(uniform4(start, second, i), limit);
    let value = f32x4.splat(0);
    for (let j = 0; j < count - i; j++) value = shiftIn(value, load<f32>(x + (<usize>j << 2)), j);
    storeSome(y, v128.and(f32x4.mul(value, factor), kept), count - i);
  }
}

@inline
function shiftIn(value: v128, x: f32, lane: i32): v128 {
  if (lane == 0) return f32x4.replace_lane(value, 0, x);
  if (lane == 1) return f32x4.replace_lane(value, 1, x);
  return f32x4.replace_lane(value, 2, x);
}

@inline
function storeSome(to: usize, value: v128, count: i32): void {
  if (count >= 4) {
    v128.store(to, value);
    return;
  }
  store<f32>(to, f32x4.extract_lane(value, 0));
  if (count > 1) store<f32>(to, f32x4.extract_lane(value, 1), 4);
  if (count > 2) store<f32>(to, f32x4.extract_lane(value, 2), 8);
}
