// Matrix products, which convolutions and attention are made of too. One micro-kernel multiplies four packed rows by
// eight packed columns in registers; two drivers feed it:
//   gemmRows  — C = A · B, where rows of A and C lie anywhere (tables of offsets) and B was packed before;
//   gemmOuter — C += Σp a_p ⊗ b_p, the product of transposed A with B, where a_p and b_p lie anywhere.
// Sizes are in elements unless their name ends in `Bytes`; tables hold byte offsets.
import { madd } from './math';
import { PANEL, packColumns4, packColumns8, packRows, placeOf } from './pack';

/**
 * Rows d0..d3 of eight columns = start + Σk a[k] ⊗ b[k], where b runs in `segments` pieces of `length` that start
 * `table[2s + 1]` bytes after `b` (table 0: one piece at b). One index for both streams and one set of values per round
 * is what V8 compiles without spilling registers: 43 GFLOP/s where 60 are the limit without fused multiply-add.
 */
function micro(
  a: usize,
  b: usize,
  table: usize,
  segments: i32,
  length: i32,
  start: usize,
  d0: usize,
  d1: usize,
  d2: usize,
  d3: usize,
): void {
  let c00 = v128.load(start);
  let c01 = v128.load(start, 16);
  let c10 = c00;
  let c11 = c01;
  let c20 = c00;
  let c21 = c01;
  let c30 = c00;
  let c31 = c01;
  let o: usize = 0;
  for (let s = 0; s < segments; s++) {
    const piece = (table ? b + <usize>load<u32>(table + (<usize>s << 3), 4) : b) - (o << 1);
    const end: usize = o + (<usize>length << 4);
    if (o == end) continue;
    do {
      const left = a + o;
      const right = piece + (o << 1);
      const b0 = v128.load(right);
      const b1 = v128.load(right, 16);
      const x0 = v128.load32_splat(left);
      c00 = madd(x0, b0, c00);
      c01 = madd(x0, b1, c01);
      const x1 = v128.load32_splat(left, 4);
      c10 = madd(x1, b0, c10);
      c11 = madd(x1, b1, c11);
      const x2 = v128.load32_splat(left, 8);
      c20 = madd(x2, b0, c20);
      c21 = madd(x2, b1, c21);
      const x3 = v128.load32_splat(left, 12);
      c30 = madd(x3, b0, c30);
      c31 = madd(x3, b1, c31);
      o += 16;
    } while (o != end);
  }
  store8(d0, c00, c01);
  store8(d1, c10, c11);
  store8(d2, c20, c21);
  store8(d3, c30, c31);
}

@inline
function store8(to: usize, low: v128, high: v128): void {
  v128.store(to, low);
  v128.store(to, high, 16);
}

function storePanel(tile: usize, to: usize, width: i32): void {
  for (let j: usize = 0; j < <usize>width << 2; j += 4) store<f32>(to + j, load<f32>(tile + j));
}

function addPanel(tile: usize, to: usize, width: i32): void {
  if (width >= PANEL) {
    v128.store(to, f32x4.add(v128.load(to), v128.load(tile)));
    v128.store(to, f32x4.add(v128.load(to, 16), v128.load(tile, 16)), 16);
    return;
  }
  for (let j: usize = 0; j < <usize>width << 2; j += 4) store<f32>(to + j, load<f32>(to + j) + load<f32>(tile + j));
}

/** Floats of A that are packed per round, so that they stay in the cache while all panels of B pass over them. */
const ROUND: i32 = 32768;

@inline
function rowsPerRound(depth: i32): i32 {
  return max(4, (ROUND / max(depth, 1)) & ~3);
}

/** Bytes of `work` that `gemmRows` needs. */
export function rowsWork(rows: i32, depth: i32): i32 {
  return 256 + 16 * depth * ((min(rows, rowsPerRound(depth)) + 3) / 4);
}

/**
 * C = A · packed (+ bias). Row i of A starts at aOffsets[i] (i·aBytes where the table is 0), row i of C likewise. A row
 * of A is as `packRows` says; run s meets the rows of B from `table[2s + 1]` bytes on, of `panelRows` in all.
 */
export function gemmRows(
  a: usize,
  aOffsets: usize,
  aBytes: usize,
  rows: i32,
  table: usize,
  segments: i32,
  length: i32,
  packed: usize,
  panelRows: i32,
  columns: i32,
  c: usize,
  cOffsets: usize,
  cBytes: usize,
  bias: usize,
  work: usize,
): void {
  const depth = segments * length;
  const panelBytes: usize = <usize>panelRows * 32;
  const round = rowsPerRound(depth);
  for (let first = 0; first < rows; first += round) {
    const last = min(rows, first + round);
    packRound(a, aOffsets, aBytes, first, last, table, segments, length, work + 256);
    let panel = packed;
    for (let n = 0; n < columns; n += PANEL, panel += panelBytes) {
      const target = c + (<usize>n << 2);
      const start: usize = bias ? bias + (<usize>n << 2) : 0;
      multiplyRound(work, panel, table, segments, length, first, last, target, cOffsets, cBytes, start, columns - n);
    }
  }
}

function packRound(
  a: usize,
  aOffsets: usize,
  aBytes: usize,
  first: i32,
  last: i32,
  table: usize,
  segments: i32,
  length: i32,
  target: usize,
): void {
  for (let i = first; i < last; i += 4, target += <usize>(segments * length) << 4) {
    packRows(
      placeOf(a, aOffsets, aBytes, i),
      placeOf(a, aOffsets, aBytes, min(i + 1, last - 1)),
      placeOf(a, aOffsets, aBytes, min(i + 2, last - 1)),
      placeOf(a, aOffsets, aBytes, min(i + 3, last - 1)),
      table,
      segments,
      length,
      target,
    );
  }
}

/** The packed rows times one panel. After the last row it is computed again instead of a tail of its own. */
function multiplyRound(
  work: usize,
  panel: usize,
  table: usize,
  segments: i32,
  length: i32,
  first: i32,
  last: i32,
  c: usize,
  cOffsets: usize,
  cBytes: usize,
  bias: usize,
  width: i32,
): void {
  const start = work + 128;
  store8(start, f32x4.splat(0), f32x4.splat(0));
  if (bias) storePanel(bias, start, min(PANEL, width));
  let left = work + 256;
  for (let i = first; i < last; i += 4, left += <usize>(segments * length) << 4) {
    const d0 = placeOf(c, cOffsets, cBytes, i);
    const d1 = placeOf(c, cOffsets, cBytes, min(i + 1, last - 1));
    const d2 = placeOf(c, cOffsets, cBytes, min(i + 2, last - 1));
    const d3 = placeOf(c, cOffsets, cBytes, min(i + 3, last - 1));
    if (width >= PANEL) {
      micro(left, panel, table, segments, length, start, d0, d1, d2, d3);
      continue;
    }
    micro(left, panel, table, segments, length, start, work, work + 32, work + 64, work + 96);
    storePanel(work, d0, width);
    storePanel(work + 32, d1, width);
    storePanel(work + 64, d2, width);
    storePanel(work + 96, d3, width);
  }
}

/** Terms per round. Sums of rounds are added up apart, which keeps the rounding of long sums small. */
const TERMS: i32 = 256;

/** Bytes of `work` that `gemmOuter` needs. */
export function outerWork(terms: i32, columns: i32): i32 {
  const depth = min(terms, TERMS);
  return 256 + 16 * depth + 32 * depth * ((columns + PANEL - 1) / PANEL);
}

/**
 * C += Σp a_p ⊗ b_p over `terms`. a_p lies at a + aOffsets[p] (a + p·aBytes where the table is 0) and has `segments`
 * runs of `length` floats: run s starts `table[2s]` bytes on and is for the rows of C from c + `table[2s + 1]` on (table 0:
 * one run for C). b_p lies likewise and has `columns` floats.
 */
export function gemmOuter(
  a: usize,
  aOffsets: usize,
  aBytes: usize,
  b: usize,
  bOffsets: usize,
  bBytes: usize,
  terms: i32,
  table: usize,
  segments: i32,
  length: i32,
  columns: i32,
  c: usize,
  cBytes: usize,
  work: usize,
): void {
  store8(work + 128, f32x4.splat(0), f32x4.splat(0));
  const left = work + 256;
  const right = left + (<usize>min(terms, TERMS) << 4);
  for (let p = 0; p < terms; p += TERMS) {
    const depth = min(TERMS, terms - p);
    const shift: usize = <usize>p << 2;
    const aStart = aOffsets ? a : a + <usize>p * aBytes;
    const bStart = bOffsets ? b : b + <usize>p * bBytes;
    const aTable: usize = aOffsets ? aOffsets + shift : 0;
    packColumns8(bStart, bOffsets ? bOffsets + shift : 0, bBytes, depth, columns, right);
    for (let s = 0; s < segments; s++) {
      const entry = table + (<usize>s << 3);
      const from = table ? aStart + <usize>load<u32>(entry) : aStart;
      const to = table ? c + <usize>load<u32>(entry, 4) : c;
      for (let m = 0; m < length; m += 4) {
        packColumns4(from + (<usize>m << 2), aTable, aBytes, depth, length - m, left);
        addOuter(work, left, right, depth, length - m, columns, to + <usize>m * cBytes, cBytes);
      }
    }
  }
}

/** Adds four packed rows times all panels to C. */
function addOuter(
  work: usize,
  left: usize,
  right: usize,
  depth: i32,
  height: i32,
  columns: i32,
  c: usize,
  cBytes: usize,
): void {
  for (let n = 0; n < columns; n += PANEL, right += <usize>depth << 5) {
    micro(left, right, 0, 1, depth, work + 128, work, work + 32, work + 64, work + 96);
    let to = c + (<usize>n << 2);
    for (let row = 0; row < min(height, 4); row++, to += cBytes) {
      addPanel(work + (<usize>row << 5), to, columns - n);
    }
  }
}
