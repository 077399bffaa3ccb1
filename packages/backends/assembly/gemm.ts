// Matrix products. Two micro-kernels carry all of them, convolutions included:
//   rows  — C[M, N] = A[M, K] · B, where A's rows lie anywhere (a table of offsets) in segments of contiguous floats,
//           and B was packed into panels of eight columns; four rows times eight columns stay in registers.
//   outer — C[M, N] += Σp a_p ⊗ b_p, the product of transposed A with B, where a_p and b_p are contiguous.
// Sizes and strides that end in `Bytes` are in bytes, all others in elements.

/** Columns of a packed panel. */
export const PANEL: i32 = 8;

/** Floats a packed [inner, columns] matrix takes. */
@inline
export function packedSize(inner: i32, columns: i32): i32 {
  return ((columns + PANEL - 1) / PANEL) * PANEL * inner;
}

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

/** Four columns of four floats each become four rows, 32 bytes apart. */
@inline
function transpose4(from: usize, to: usize, columnBytes: usize): void {
  const a = v128.load(from);
  const b = v128.load(from + columnBytes);
  const c = v128.load(from + 2 * columnBytes);
  const d = v128.load(from + 3 * columnBytes);
  const ab = i32x4.shuffle(a, b, 0, 4, 1, 5);
  const AB = i32x4.shuffle(a, b, 2, 6, 3, 7);
  const cd = i32x4.shuffle(c, d, 0, 4, 1, 5);
  const CD = i32x4.shuffle(c, d, 2, 6, 3, 7);
  v128.store(to, i64x2.shuffle(ab, cd, 0, 2));
  v128.store(to, i64x2.shuffle(ab, cd, 1, 3), 32);
  v128.store(to, i64x2.shuffle(AB, CD, 0, 2), 64);
  v128.store(to, i64x2.shuffle(AB, CD, 1, 3), 96);
}

/** Rows per round: their part of A stays in the cache while all panels pass over it. */
const ROW_BLOCK: i32 = 128;

/**
 * C = A · packed (+ bias). Row i of A starts at a + aOffsets[i] (a + i·aBytes where the table is 0), row i of C likewise.
 * A row consists of `segments` runs of `length` floats; run s starts `table[2s]` bytes after the row's start and meets
 * the rows of the packed matrix from `table[2s + 1]` bytes on (table 0: one run at the start). `panelRows` is the inner
 * size B was packed with, `tile` 256 bytes of scratch.
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
  tile: usize,
): void {
  const panelBytes: usize = <usize>panelRows * 32;
  const zeros = tile + 128;
  v128.store(zeros, f32x4.splat(0));
  v128.store(zeros, f32x4.splat(0), 16);
  for (let block = 0; block < rows; block += ROW_BLOCK) {
    const last = min(rows, block + ROW_BLOCK);
    let panel = packed;
    for (let n = 0; n < columns; n += PANEL, panel += panelBytes) {
      const width = min(PANEL, columns - n);
      const target = c + (<usize>n << 2);
      let start = zeros;
      if (bias) {
        start = bias + (<usize>n << 2);
        if (width < PANEL) start = copyPart(start, zeros + 32, width);
      }
      for (let i = block; i < last; i += 4) {
        // After the last row it is computed again instead of a tail of its own.
        const second = min(i + 1, last - 1);
        const third = min(i + 2, last - 1);
        const fourth = min(i + 3, last - 1);
        microRows(
          rowStart(a, aOffsets, aBytes, i),
          rowStart(a, aOffsets, aBytes, second),
          rowStart(a, aOffsets, aBytes, third),
          rowStart(a, aOffsets, aBytes, fourth),
          table,
          segments,
          length,
          panel,
          rowStart(target, cOffsets, cBytes, i),
          rowStart(target, cOffsets, cBytes, second),
          rowStart(target, cOffsets, cBytes, third),
          rowStart(target, cOffsets, cBytes, fourth),
          start,
          width,
          tile,
        );
      }
    }
  }
}

@inline
function rowStart(a: usize, offsets: usize, rowBytes: usize, row: i32): usize {
  return offsets ? a + load<u32>(offsets + (<usize>row << 2)) : a + <usize>row * rowBytes;
}

function copyPart(from: usize, to: usize, count: i32): usize {
  for (let j: usize = 0; j < <usize>count; j++) store<f32>(to + (j << 2), load<f32>(from + (j << 2)));
  return to;
}

/** Four rows times eight columns, of which `width` are stored. */
function microRows(
  r0: usize,
  r1: usize,
  r2: usize,
  r3: usize,
  table: usize,
  segments: i32,
  length: i32,
  panel: usize,
  d0: usize,
  d1: usize,
  d2: usize,
  d3: usize,
  start: usize,
  width: i32,
  tile: usize,
): void {
  let c00 = v128.load(start);
  let c01 = v128.load(start, 16);
  let c10 = c00;
  let c11 = c01;
  let c20 = c00;
  let c21 = c01;
  let c30 = c00;
  let c31 = c01;
  for (let s = 0; s < segments; s++) {
    const entry = table + (<usize>s << 3);
    const shift = table ? <usize>load<u32>(entry) : <usize>0;
    let b = table ? panel + <usize>load<u32>(entry, 4) : panel;
    let a0 = r0 + shift;
    let a1 = r1 + shift;
    let a2 = r2 + shift;
    let a3 = r3 + shift;
    for (let k = 0; k < length; k++) {
      const b0 = v128.load(b);
      const b1 = v128.load(b, 16);
      const x0 = v128.load32_splat(a0);
      c00 = f32x4.add(c00, f32x4.mul(x0, b0));
      c01 = f32x4.add(c01, f32x4.mul(x0, b1));
      const x1 = v128.load32_splat(a1);
      c10 = f32x4.add(c10, f32x4.mul(x1, b0));
      c11 = f32x4.add(c11, f32x4.mul(x1, b1));
      const x2 = v128.load32_splat(a2);
      c20 = f32x4.add(c20, f32x4.mul(x2, b0));
      c21 = f32x4.add(c21, f32x4.mul(x2, b1));
      const x3 = v128.load32_splat(a3);
      c30 = f32x4.add(c30, f32x4.mul(x3, b0));
      c31 = f32x4.add(c31, f32x4.mul(x3, b1));
      a0 += 4;
      a1 += 4;
      a2 += 4;
      a3 += 4;
      b += 32;
    }
  }
  if (width == PANEL) {
    store8(d0, c00, c01);
    store8(d1, c10, c11);
    store8(d2, c20, c21);
    store8(d3, c30, c31);
    return;
  }
  store8(tile, c00, c01);
  store8(tile + 32, c10, c11);
  store8(tile + 64, c20, c21);
  store8(tile + 96, c30, c31);
  copyPart(tile, d0, width);
  copyPart(tile + 32, d1, width);
  copyPart(tile + 64, d2, width);
  copyPart(tile + 96, d3, width);
}

@inline
function store8(to: usize, low: v128, high: v128): void {
  v128.store(to, low);
  v128.store(to, high, 16);
}

/** Terms per round: their a_p and b_p stay in the cache while all tiles of C pass over them. */
const TERM_BLOCK: i32 = 128;

/**
 * C[M, N] += Σp a_p ⊗ b_p over `terms`. a_p starts at a + aOffsets[p] and has `rows` floats, b_p at b + bOffsets[p] and
 * has `columns`; where the tables are 0, at a + p·aBytes and b + p·bBytes.
 */
export function gemmOuter(
  a: usize,
  aOffsets: usize,
  aBytes: usize,
  b: usize,
  bOffsets: usize,
  bBytes: usize,
  terms: i32,
  rows: i32,
  columns: i32,
  c: usize,
  cBytes: usize,
): void {
  for (let p = 0; p < terms; p += TERM_BLOCK) {
    const count = min(TERM_BLOCK, terms - p);
    const shift: usize = <usize>p << 2;
    if (aOffsets) outerBlock(a, aOffsets + shift, 0, b, bOffsets + shift, 0, count, rows, columns, c, cBytes);
    else outerBlock(a + <usize>p * aBytes, 0, aBytes, b + <usize>p * bBytes, 0, bBytes, count, rows, columns, c, cBytes);
  }
}

function outerBlock(
  a: usize,
  aOffsets: usize,
  aBytes: usize,
  b: usize,
  bOffsets: usize,
  bBytes: usize,
  count: i32,
  rows: i32,
  columns: i32,
  c: usize,
  cBytes: usize,
): void {
  let n = 0;
  for (; n + 8 <= columns; n += 8) {
    const right = b + (<usize>n << 2);
    let to = c + (<usize>n << 2);
    let left = a;
    let m = 0;
    for (; m + 4 <= rows; m += 4, left += 16, to += 4 * cBytes) {
      if (aOffsets) microOuterTable(left, aOffsets, right, bOffsets, count, to, cBytes);
      else microOuter(left, aBytes, right, bBytes, count, to, cBytes);
    }
    for (; m < rows; m++, left += 4, to += cBytes) {
      outerRow(left, aOffsets, aBytes, right, bOffsets, bBytes, count, to);
    }
  }
  if (n < columns) outerRest(a, aOffsets, aBytes, b, bOffsets, bBytes, count, rows, n, columns, c, cBytes);
}

function microOuter(
  a: usize,
  aBytes: usize,
  b: usize,
  bBytes: usize,
  count: i32,
  c: usize,
  cBytes: usize,
): void {
  const d1 = c + cBytes;
  const d2 = d1 + cBytes;
  const d3 = d2 + cBytes;
  let c00 = f32x4.splat(0);
  let c01 = c00;
  let c10 = c00;
  let c11 = c00;
  let c20 = c00;
  let c21 = c00;
  let c30 = c00;
  let c31 = c00;
  for (let p = 0; p < count; p++) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const x0 = v128.load32_splat(a);
    c00 = f32x4.add(c00, f32x4.mul(x0, b0));
    c01 = f32x4.add(c01, f32x4.mul(x0, b1));
    const x1 = v128.load32_splat(a, 4);
    c10 = f32x4.add(c10, f32x4.mul(x1, b0));
    c11 = f32x4.add(c11, f32x4.mul(x1, b1));
    const x2 = v128.load32_splat(a, 8);
    c20 = f32x4.add(c20, f32x4.mul(x2, b0));
    c21 = f32x4.add(c21, f32x4.mul(x2, b1));
    const x3 = v128.load32_splat(a, 12);
    c30 = f32x4.add(c30, f32x4.mul(x3, b0));
    c31 = f32x4.add(c31, f32x4.mul(x3, b1));
    a += aBytes;
    b += bBytes;
  }
  addTo(c, c00, c01);
  addTo(d1, c10, c11);
  addTo(d2, c20, c21);
  addTo(d3, c30, c31);
}

/** Adds a block's sum to C; blocks summed apart keep rounding small over many terms. */
@inline
function addTo(c: usize, low: v128, high: v128): void {
  v128.store(c, f32x4.add(v128.load(c), low));
  v128.store(c, f32x4.add(v128.load(c, 16), high), 16);
}

/** As `microOuter`, with the places of a_p and b_p from tables. */
function microOuterTable(
  left: usize,
  aOffsets: usize,
  right: usize,
  bOffsets: usize,
  count: i32,
  c: usize,
  cBytes: usize,
): void {
  const d1 = c + cBytes;
  const d2 = d1 + cBytes;
  const d3 = d2 + cBytes;
  let c00 = f32x4.splat(0);
  let c01 = c00;
  let c10 = c00;
  let c11 = c00;
  let c20 = c00;
  let c21 = c00;
  let c30 = c00;
  let c31 = c00;
  for (let p = 0; p < count; p++) {
    const a = left + load<u32>(aOffsets);
    const b = right + load<u32>(bOffsets);
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const x0 = v128.load32_splat(a);
    c00 = f32x4.add(c00, f32x4.mul(x0, b0));
    c01 = f32x4.add(c01, f32x4.mul(x0, b1));
    const x1 = v128.load32_splat(a, 4);
    c10 = f32x4.add(c10, f32x4.mul(x1, b0));
    c11 = f32x4.add(c11, f32x4.mul(x1, b1));
    const x2 = v128.load32_splat(a, 8);
    c20 = f32x4.add(c20, f32x4.mul(x2, b0));
    c21 = f32x4.add(c21, f32x4.mul(x2, b1));
    const x3 = v128.load32_splat(a, 12);
    c30 = f32x4.add(c30, f32x4.mul(x3, b0));
    c31 = f32x4.add(c31, f32x4.mul(x3, b1));
    aOffsets += 4;
    bOffsets += 4;
  }
  addTo(c, c00, c01);
  addTo(d1, c10, c11);
  addTo(d2, c20, c21);
  addTo(d3, c30, c31);
}

/** One row of C, eight columns. */
function outerRow(
  a: usize,
  aOffsets: usize,
  aBytes: usize,
  b: usize,
  bOffsets: usize,
  bBytes: usize,
  count: i32,
  c: usize,
): void {
  let c0 = f32x4.splat(0);
  let c1 = c0;
  for (let p = 0; p < count; p++) {
    const x = v128.load32_splat(rowStart(a, aOffsets, aBytes, p));
    const right = rowStart(b, bOffsets, bBytes, p);
    c0 = f32x4.add(c0, f32x4.mul(x, v128.load(right)));
    c1 = f32x4.add(c1, f32x4.mul(x, v128.load(right, 16)));
  }
  addTo(c, c0, c1);
}

/** All rows of C in the columns from `first` on, fewer than eight. */
function outerRest(
  a: usize,
  aOffsets: usize,
  aBytes: usize,
  b: usize,
  bOffsets: usize,
  bBytes: usize,
  count: i32,
  rows: i32,
  first: i32,
  columns: i32,
  c: usize,
  cBytes: usize,
): void {
  for (let p = 0; p < count; p++) {
    const left = rowStart(a, aOffsets, aBytes, p);
    const right = rowStart(b, bOffsets, bBytes, p);
    for (let m = 0; m < rows; m++) {
      const x = load<f32>(left + (<usize>m << 2));
      const to = c + <usize>m * cBytes;
      for (let n = first; n < columns; n++) {
        const at = to + (<usize>n << 2);
        store<f32>(at, load<f32>(at) + x * load<f32>(right + (<usize>n << 2)));
      }
    }
  }
}
