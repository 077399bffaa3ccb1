// Optimizer arithmetic, sums of squares and sums by id.
import { sum4 } from './math';

/** torch.optim.AdamW for one parameter; the formula is documented at the operation `adamWUpdate` in @tessera/layers. */
export function adamW(
  parameter: usize,
  m: usize,
  v: usize,
  gradient: usize,
  newParameter: usize,
  newM: usize,
  newV: usize,
  count: i32,
  gradientScale: f32,
  learningRate: f32,
  correction1: f32,
  correction2: f32,
  beta1: f32,
  beta2: f32,
  oneMinusBeta1: f32,
  oneMinusBeta2: f32,
  epsilon: f32,
  weightDecay: f32,
): void {
  const decay: f32 = <f32>1 - learningRate * weightDecay;
  const step: f32 = learningRate / correction1;
  const root: f32 = <f32>1 / sqrt<f32>(correction2);
  let i: usize = 0;
  const end: usize = (<usize>count) << 2;
  for (; i + 16 <= end; i += 16) {
    const g = f32x4.mul(v128.load(gradient + i), f32x4.splat(gradientScale));
    const m4 = f32x4.add(f32x4.mul(v128.load(m + i), f32x4.splat(beta1)), f32x4.mul(g, f32x4.splat(oneMinusBeta1)));
    const v4 = f32x4.add(
      f32x4.mul(v128.load(v + i), f32x4.splat(beta2)),
      f32x4.mul(f32x4.mul(g, g), f32x4.splat(oneMinusBeta2)),
    );
    const denominator = f32x4.add(f32x4.mul(f32x4.sqrt(v4), f32x4.splat(root)), f32x4.splat(epsilon));
    const change = f32x4.div(f32x4.mul(m4, f32x4.splat(step)), denominator);
    v128.store(newM + i, m4);
    v128.store(newV + i, v4);
    v128.store(newParameter + i, f32x4.sub(f32x4.mul(v128.load(parameter + i), f32x4.splat(decay)), change));
  }
  for (; i < end; i += 4) {
    const g = load<f32>(gradient + i) * gradientScale;
    const m1 = load<f32>(m + i) * beta1 + g * oneMinusBeta1;
    const v1 = load<f32>(v + i) * beta2 + g * g * oneMinusBeta2;
    store<f32>(newM + i, m1);
    store<f32>(newV + i, v1);
    const change = (m1 * step) / (sqrt<f32>(v1) * root + epsilon);
    store<f32>(newParameter + i, load<f32>(parameter + i) * decay - change);
  }
}

/** Σ x², summed in blocks of 1024 whose sums are added in double precision. */
export function sumOfSquares(x: usize, count: i32): f32 {
  let total: f64 = 0;
  for (let block = 0; block < count; block += 1024) {
    const size = min(1024, count - block);
    let part = f32x4.splat(0);
    let i = 0;
    for (; i + 4 <= size; i += 4, x += 16) {
      const value = v128.load(x);
      part = f32x4.add(part, f32x4.mul(value, value));
    }
    let sum = sum4(part);
    for (; i < size; i++, x += 4) sum += load<f32>(x) * load<f32>(x);
    total += <f64>sum;
  }
  return <f32>total;
}

/** target[ids[i]] += x[i] for rows of `width` floats; ids outside [0, segments) are passed over. */
export function addRowsById(x: usize, ids: usize, target: usize, rows: i32, width: i32, segments: i32): void {
  for (let row = 0; row < rows; row++) {
    const id = load<i32>(ids + ((<usize>row) << 2));
    if (id < 0 || id >= segments) {
      x += (<usize>width) << 2;
      continue;
    }
    let to = target + ((<usize>id * width) << 2);
    let i = 0;
    for (; i + 4 <= width; i += 4, x += 16, to += 16) v128.store(to, f32x4.add(v128.load(to), v128.load(x)));
    for (; i < width; i++, x += 4, to += 4) store<f32>(to, load<f32>(to) + load<f32>(x));
  }
}

/** Copies rows of a table by id; the ids were checked. */
export function rowsById(table: usize, ids: usize, target: usize, rows: i32, width: i32): void {
  const rowBytes: usize = (<usize>width) << 2;
  for (let row = 0; row < rows; row++, target += rowBytes) {
    memory.copy(target, table + <usize>load<i32>(ids + ((<usize>row) << 2)) * rowBytes, rowBytes);
  }
}
