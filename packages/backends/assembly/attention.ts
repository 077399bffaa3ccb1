// Attention over heads that are slices of the last axis. One head of one batch entry at a time: its keys and values are
// packed once, scores and probabilities stay in the cache.
import { gemmOuter, gemmRows, outerWork, rowsWork } from './gemm';
import { exp4, loadLeft, storeLeft, sum4 } from './math';
import { pack } from './pack';

/** C[rows, columns] = A[rows, inner] · packed, rows of A and C at regular distances. */
@inline
function multiplyRows(
  a: usize,
  aBytes: usize,
  rows: i32,
  inner: i32,
  packed: usize,
  columns: i32,
  c: usize,
  cBytes: usize,
  work: usize,
): void {
  gemmRows(a, 0, aBytes, rows, 0, 1, inner, packed, inner, columns, c, 0, cBytes, 0, work);
}

/** The largest score whose mask is not 0 (mask 0: of all); -Infinity where there is none. */
function largestScore(scores: usize, mask: usize, keys: i32): f32 {
  let largest: f32 = -Infinity;
  for (let j: usize = 0; j < (<usize>keys) << 2; j += 4) {
    if (!mask || load<f32>(mask + j) != 0) largest = max(largest, load<f32>(scores + j));
  }
  return largest;
}

/** e^((score - shift)·factor) of up to four keys, 0 where the mask is 0 or keys end. */
@inline
function weights(scores: usize, mask: usize, width: i32, shift: v128, factor: v128): v128 {
  const score = loadLeft(scores, width);
  let e = exp4(f32x4.mul(f32x4.sub(score, shift), factor));
  if (mask) {
    const real = loadLeft(mask, width);
    e = v128.and(e, f32x4.ne(real, f32x4.splat(0)));
  }
  return width >= 4 ? e : v128.and(e, i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(width)));
}

/** Softmax of one row of scores times `scale` over the keys whose mask is not 0; others get 0. mask 0: all keys. */
function maskedSoftmax(scores: usize, mask: usize, keys: i32, scale: f32, target: usize): void {
  const largest = largestScore(scores, mask, keys);
  if (largest == -Infinity) {
    memory.fill(target, 0, (<usize>keys) << 2);
    return;
  }
  const shift = f32x4.splat(largest);
  const factor = f32x4.splat(scale);
  let total = f32x4.splat(0);
  for (let j = 0; j < keys; j += 4) {
    const o: usize = (<usize>j) << 2;
    const e = weights(scores + o, mask ? mask + o : 0, keys - j, shift, factor);
    total = f32x4.add(total, e);
    storeLeft(target + o, e, keys - j);
  }
  const share = f32x4.splat(<f32>1 / sum4(total));
  for (let j = 0; j < keys; j += 4) {
    const to = target + ((<usize>j) << 2);
    storeLeft(to, f32x4.mul(loadLeft(to, keys - j), share), keys - j);
  }
}

/**
 * probabilities [B, H, Q, S] = softmax(q·kᵀ/√K) under `mask` [B, S] (0: none).
 * `scratch` holds packed keys and scores: see `attentionScratch`.
 */
export function attentionProbabilities(
  q: usize,
  k: usize,
  mask: usize,
  probabilities: usize,
  scratch: usize,
  batch: i32,
  heads: i32,
  queries: i32,
  keys: i32,
  headSize: i32,
): void {
  const rowBytes: usize = (<usize>heads * headSize) << 2;
  const packed = scratch + gemmWork(queries, keys, headSize);
  const scores = packed + ((<usize>(keys + 8) * (headSize + 8)) << 2);
  const scale: f32 = <f32>1 / sqrt<f32>(<f32>headSize);
  for (let b = 0; b < batch; b++) {
    const realKeys: usize = mask ? mask + ((<usize>b * keys) << 2) : 0;
    for (let h = 0; h < heads; h++) {
      const head: usize = (<usize>h * headSize) << 2;
      const query = q + <usize>b * queries * rowBytes + head;
      pack(k + <usize>b * keys * rowBytes + head, packed, headSize, keys, 1, heads * headSize, headSize);
      multiplyRows(query, rowBytes, queries, headSize, packed, keys, scores, (<usize>keys) << 2, scratch);
      for (let i = 0; i < queries; i++) {
        maskedSoftmax(scores + ((<usize>i * keys) << 2), realKeys, keys, scale, probabilities);
        probabilities += (<usize>keys) << 2;
      }
    }
  }
}

/** context [B, Q, D] = probabilities·v; the probabilities have been through dropout already. */
export function attentionContext(
  probabilities: usize,
  v: usize,
  context: usize,
  scratch: usize,
  batch: i32,
  heads: i32,
  queries: i32,
  keys: i32,
  headSize: i32,
): void {
  const rowBytes: usize = (<usize>heads * headSize) << 2;
  const packed = scratch + gemmWork(queries, keys, headSize);
  for (let b = 0; b < batch; b++) {
    for (let h = 0; h < heads; h++) {
      const head: usize = (<usize>h * headSize) << 2;
      const to = context + <usize>b * queries * rowBytes + head;
      pack(v + <usize>b * keys * rowBytes + head, packed, keys, headSize, heads * headSize, 1, keys);
      multiplyRows(probabilities, (<usize>keys) << 2, queries, keys, packed, headSize, to, rowBytes, scratch);
      probabilities += (<usize>queries * keys) << 2;
    }
  }
}

/**
 * dq, dk (into zeros) and dv (into zeros) from the gradient of the context. `kept` are the probabilities after dropout:
 * `probabilities` itself where there was none. `work` holds [Q, S] floats.
 */
export function attentionGradient(
  dy: usize,
  q: usize,
  k: usize,
  v: usize,
  probabilities: usize,
  kept: usize,
  dq: usize,
  dk: usize,
  dv: usize,
  scratch: usize,
  batch: i32,
  heads: i32,
  queries: i32,
  keys: i32,
  headSize: i32,
): void {
  const width = heads * headSize;
  const rowBytes: usize = (<usize>width) << 2;
  const keyBytes: usize = (<usize>keys) << 2;
  const packed = scratch + gemmWork(queries, keys, headSize);
  const work = packed + ((<usize>(keys + 8) * (headSize + 8)) << 2);
  const scale: f32 = <f32>1 / sqrt<f32>(<f32>headSize);
  for (let b = 0; b < batch; b++) {
    for (let h = 0; h < heads; h++) {
      const head: usize = (<usize>h * headSize) << 2;
      const atQueries: usize = <usize>b * queries * rowBytes + head;
      const atKeys: usize = <usize>b * keys * rowBytes + head;
      gemmOuter(kept, 0, keyBytes, dy + atQueries, 0, rowBytes, queries, 0, 1, keys, headSize, dv + atKeys, rowBytes, scratch);
      pack(v + atKeys, packed, headSize, keys, 1, width, headSize);
      multiplyRows(dy + atQueries, rowBytes, queries, headSize, packed, keys, work, keyBytes, scratch);
      scoreGradient(work, probabilities, kept, queries, keys, scale);
      pack(k + atKeys, packed, keys, headSize, width, 1, keys);
      multiplyRows(work, keyBytes, queries, keys, packed, headSize, dq + atQueries, rowBytes, scratch);
      gemmOuter(work, 0, keyBytes, q + atQueries, 0, rowBytes, queries, 0, 1, keys, headSize, dk + atKeys, rowBytes, scratch);
      probabilities += <usize>queries * keyBytes;
      kept += <usize>queries * keyBytes;
    }
  }
}

/** In place: gradient by the dropped probabilities → by the scores, (d·kept - p·Σ d·kept)·scale. */
function scoreGradient(work: usize, probabilities: usize, kept: usize, queries: i32, keys: i32, scale: f32): void {
  const rowBytes: usize = (<usize>keys) << 2;
  const factor = f32x4.splat(scale);
  for (let i = 0; i < queries; i++, work += rowBytes, probabilities += rowBytes, kept += rowBytes) {
    let sum = f32x4.splat(0);
    for (let j = 0; j < keys; j += 4) {
      const o: usize = (<usize>j) << 2;
      const product = f32x4.mul(loadLeft(work + o, keys - j), loadLeft(kept + o, keys - j));
      storeLeft(work + o, product, keys - j);
      sum = f32x4.add(sum, product);
    }
    const total = f32x4.splat(sum4(sum));
    for (let j = 0; j < keys; j += 4) {
      const o: usize = (<usize>j) << 2;
      const share = f32x4.mul(loadLeft(probabilities + o, keys - j), total);
      storeLeft(work + o, f32x4.mul(f32x4.sub(loadLeft(work + o, keys - j), share), factor), keys - j);
    }
  }
}

/** Bytes the matrix products need; they lie at the start of the scratch. */
function gemmWork(queries: i32, keys: i32, headSize: i32): i32 {
  const outer = outerWork(queries, headSize);
  return max(max(rowsWork(queries, headSize), rowsWork(queries, keys)), outer);
}

/** Bytes of scratch the functions above need. */
export function attentionScratch(queries: i32, keys: i32, headSize: i32): i32 {
  return gemmWork(queries, keys, headSize) + 4 * ((keys + 8) * (headSize + 8) + queries * keys);
}
