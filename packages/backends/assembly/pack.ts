// Matrices are packed before they are multiplied: A into panels of four rows, B into panels of eight columns, each panel
// running along the inner axis, so that the micro-kernel reads two streams and nothing else.
import { loadPart } from './math';

/** Columns of a packed panel. */
export const PANEL: i32 = 8;

/**
 * Packs B[k, n] = source[k·innerStride + n·columnStride] into panels: target[panel][k][8], zeros after the last column.
 * `panelRows` is the whole K of a panel, of which this call fills `inner` rows.
 */
export function pack(
  source: usize,
  target: usize,
  inner: i32,
  columns: i32,
  innerStride: i32,
  columnStride: i32,
  panelRows: i32,
): void {
  const panelBytes: usize = <usize>panelRows * 32;
  for (let n = 0; n < columns; n += PANEL, target += panelBytes) {
    const width = min(PANEL, columns - n);
    let from = source + ((<usize>n * columnStride) << 2);
    if (width == PANEL && columnStride == 1) packContiguous(from, target, inner, <usize>innerStride << 2);
    else if (width == PANEL && innerStride == 1) packTransposed(from, target, inner, <usize>columnStride << 2);
    else {
      for (let k = 0; k < inner; k++) {
        const to = target + (<usize>k << 5);
        for (let j = 0; j < PANEL; j++) {
          const at = from + ((<usize>k * innerStride + <usize>j * columnStride) << 2);
          store<f32>(to + (<usize>j << 2), j < width ? load<f32>(at) : 0);
        }
      }
    }
  }
}

/** Eight neighbouring columns of a row-major matrix. */
function packContiguous(from: usize, to: usize, inner: i32, rowBytes: usize): void {
  for (let k = 0; k < inner; k++) {
    v128.store(to, v128.load(from));
    v128.store(to, v128.load(from, 16), 16);
    from += rowBytes;
    to += 32;
  }
}

/** Eight columns that lie as rows in memory: 4×4 blocks are transposed in registers. */
function packTransposed(from: usize, to: usize, inner: i32, columnBytes: usize): void {
  let k = 0;
  for (; k + 4 <= inner; k += 4, from += 16, to += 128) {
    transpose4(from, to, columnBytes);
    transpose4(from + 4 * columnBytes, to + 16, columnBytes);
  }
  for (; k < inner; k++, from += 4, to += 32) {
    for (let j: usize = 0; j < 8; j++) store<f32>(to + (j << 2), load<f32>(from + j * columnBytes));
  }
}

@inline
function transpose4(from: usize, to: usize, columnBytes: usize): void {
  const b = from + columnBytes;
  const c = b + columnBytes;
  transposeTo(to, 32, v128.load(from), v128.load(b), v128.load(c), v128.load(c + columnBytes));
}

/** Stores the transpose of four rows, its rows `distance` bytes apart. */
@inline
function transposeTo(to: usize, distance: usize, a: v128, b: v128, c: v128, d: v128): void {
  const low = i32x4.shuffle(a, b, 0, 4, 1, 5);
  const high = i32x4.shuffle(a, b, 2, 6, 3, 7);
  const lower = i32x4.shuffle(c, d, 0, 4, 1, 5);
  const upper = i32x4.shuffle(c, d, 2, 6, 3, 7);
  v128.store(to, i64x2.shuffle(low, lower, 0, 2));
  v128.store(to + distance, i64x2.shuffle(low, lower, 1, 3));
  v128.store(to + 2 * distance, i64x2.shuffle(high, upper, 0, 2));
  v128.store(to + 3 * distance, i64x2.shuffle(high, upper, 1, 3));
}

/**
 * Packs four rows of A into target[k][4]. A row consists of `segments` runs of `length` floats; run s starts
 * `table[2s]` bytes after the row (table 0: one run at the row).
 */
export function packRows(
  r0: usize,
  r1: usize,
  r2: usize,
  r3: usize,
  table: usize,
  segments: i32,
  length: i32,
  target: usize,
): void {
  for (let s = 0; s < segments; s++) {
    const shift = table ? <usize>load<u32>(table + (<usize>s << 3)) : <usize>0;
    target = packRun(r0 + shift, r1 + shift, r2 + shift, r3 + shift, length, target);
  }
}

@inline
function packRun(a: usize, b: usize, c: usize, d: usize, length: i32, target: usize): usize {
  let k = 0;
  for (; k + 4 <= length; k += 4, target += 64) {
    const o: usize = <usize>k << 2;
    transposeTo(target, 16, v128.load(a + o), v128.load(b + o), v128.load(c + o), v128.load(d + o));
  }
  for (; k < length; k++, target += 16) {
    const o: usize = <usize>k << 2;
    store<f32>(target, load<f32>(a + o));
    store<f32>(target, load<f32>(b + o), 4);
    store<f32>(target, load<f32>(c + o), 8);
    store<f32>(target, load<f32>(d + o), 12);
  }
  return target;
}

/** Where row `index` starts: from a table of byte offsets, or at regular distances where the table is 0. */
@inline
export function placeOf(base: usize, offsets: usize, bytes: usize, index: i32): usize {
  return offsets ? base + load<u32>(offsets + (<usize>index << 2)) : base + <usize>index * bytes;
}

/** Packs up to four columns of `terms` rows into target[p][4], zeros after the last column. */
export function packColumns4(a: usize, offsets: usize, bytes: usize, terms: i32, width: i32, target: usize): void {
  for (let p = 0; p < terms; p++, target += 16) {
    const from = placeOf(a, offsets, bytes, p);
    v128.store(target, width >= 4 ? v128.load(from) : loadPart(from, width));
  }
}

/** Packs `columns` columns of `terms` rows into panels target[panel][p][8], zeros after the last column. */
export function packColumns8(b: usize, offsets: usize, bytes: usize, terms: i32, columns: i32, target: usize): void {
  for (let n = 0; n < columns; n += PANEL) {
    const width = columns - n;
    for (let p = 0; p < terms; p++, target += 32) {
      const from = placeOf(b, offsets, bytes, p) + (<usize>n << 2);
      v128.store(target, width >= 4 ? v128.load(from) : loadPart(from, width));
      if (width >= 8) v128.store(target, v128.load(from, 16), 16);
      else v128.store(target, width > 4 ? loadPart(from + 16, width - 4) : f32x4.splat(0), 16);
    }
  }
}
