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
 * C = A · packed (+ bias). Row i of A starts at a + offsets[i], or a + i·rowBytes where `offsets` is 0, and consists of
 * `segments` runs of `length` floats at the byte offsets `segmentOffsets` (0: one run). `tile` is 128 bytes of scratch.
 */
export function gemmRows(
  a: usize,
  offsets: usize,
  rowBytes: usize,
  rows: i32,
  segmentOffsets: usize,
  segments: i32,
  length: i32,
  packed: usize,
  columns: i32,
  c: usize,
  cRowBytes: usize,
  bias: usize,
  tile: usize,
): void {
  const panelBytes: usize = <usize>segments * length * 32;
  const zeros = tile + 128;
  v128.store(zeros, f32x4.splat(0));
  v128.store(zeros, f32x4.splat(0), 16);
  for (let block = 0; block < rows; block += ROW_BLOCK) {
    const last = min(rows, block + ROW_BLOCK);
    let panel = packed;
    for (let n = 0; n < columns; n += PANEL, panel += panelBytes) {
      const width = min(PANEL, columns - n);
      let start = zeros;
      if (bias) {
        start = bias + (<usize>n << 2);
        if (width < PANEL) start = copyPart(start, zeros + 32, width);
      }
      for (let i = block; i < last; i += 4) {
        const height = last - i;
        const r0 = rowStart(a, offsets, rowBytes, i);
        const r1 = rowStart(a, offsets, rowBytes, min(i + 1, last - 1));
        const r2 = rowStart(a, offsets, rowBytes, min(i + 2, last - 1));
        const r3 = rowStart(a, offsets, rowBytes, min(i + 3, last - 1));
        const to = c + <usize>i * cRowBytes + (<usize>n << 2);
        if (height >= 4 && width == PANEL) {
          microRows(r0, r1, r2, r3, segmentOffsets, segments, length, panel, to, cRowBytes, start);
        } else {
          microRows(r0, r1, r2, r3, segmentOffsets, segments, length, panel, tile, 32, start);
          for (let row = 0; row < min(4, height); row++) {
            copyPart(tile + (<usize>row << 5), to + <usize>row * cRowBytes, width);
          }
        }
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

function microRows(
  r0: usize,
  r1: usize,
  r2: usize,
  r3: usize,
  segmentOffsets: usize,
  segments: i32,
  length: i32,
  b: usize,
  c: usize,
  cRowBytes: usize,
  start: usize,
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
    const shift = segmentOffsets ? <usize>load<u32>(segmentOffsets + (<usize>s << 2)) : <usize>0;
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
  v128.store(c, c00);
  v128.store(c, c01, 16);
  c += cRowBytes;
  v128.store(c, c10);
  v128.store(c, c11, 16);
  c += cRowBytes;
  v128.store(c, c20);
  v128.store(c, c21, 16);
  c += cRowBytes;
  v128.store(c, c30);
  v128.store(c, c31, 16);
}

/** Terms per round: their a_p and b_p stay in the cache while all tiles of C pass over them. */
const TERM_BLOCK: i32 = 128;

/**
 * C[M, N] += Σp a_p ⊗ b_p over `terms`. a_p starts at a + aOffsets[p] (or a + p·aBytes where aOffsets is 0) and has
 * `rows` floats; b_p starts at b + p·bBytes and has `columns`.
 */
export function gemmOuter(
  a: usize,
  aOffsets: usize,
  aBytes: usize,
  b: usize,
  bBytes: usize,
  terms: i32,
  rows: i32,
  columns: i32,
  c: usize,
  cRowBytes: usize,
): void {
  for (let p = 0; p < terms; p += TERM_BLOCK) {
    const count = min(TERM_BLOCK, terms - p);
    const from = aOffsets ? a : a + <usize>p * aBytes;
    const table: usize = aOffsets ? aOffsets + (<usize>p << 2) : 0;
    const right = b + <usize>p * bBytes;
    let n = 0;
    for (; n + 8 <= columns; n += 8) {
      let m = 0;
      for (; m + 4 <= rows; m += 4) {
        const to = c + <usize>m * cRowBytes + (<usize>n << 2);
        const left = from + (<usize>m << 2);
        if (table) microOuterTable(left, table, right + (<usize>n << 2), bBytes, count, to, cRowBytes);
        else microOuter(left, aBytes, right + (<usize>n << 2), bBytes, count, to, cRowBytes);
      }
      for (; m < rows; m++) {
        const to = c + <usize>m * cRowBytes + (<usize>n << 2);
        outerRow(from + (<usize>m << 2), table, aBytes, right + (<usize>n << 2), bBytes, count, to);
      }
    }
    if (n < columns) {
      for (let m = 0; m < rows; m++) {
        const to = c + <usize>m * cRowBytes;
        outerRest(from + (<usize>m << 2), table, aBytes, right, bBytes, count, to, n, columns);
      }
    }
  }
}

function microOuter(
  a: usize,
  aBytes: usize,
  b: usize,
  bBytes: usize,
  count: i32,
  c: usize,
  cRowBytes: usize,
): void {
  const d1 = c + cRowBytes;
  const d2 = d1 + cRowBytes;
  const d3 = d2 + cRowBytes;
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

/** As `microOuter`, with the places of a_p from a table. */
function microOuterTable(
  base: usize,
  table: usize,
  b: usize,
  bBytes: usize,
  count: i32,
  c: usize,
  cRowBytes: usize,
): void {
  const d1 = c + cRowBytes;
  const d2 = d1 + cRowBytes;
  const d3 = d2 + cRowBytes;
  let c00 = f32x4.splat(0);
  let c01 = c00;
  let c10 = c00;
  let c11 = c00;
  let c20 = c00;
  let c21 = c00;
  let c30 = c00;
  let c31 = c00;
  for (let p = 0; p < count; p++) {
    const a = base + load<u32>(table);
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
    table += 4;
    b += bBytes;
  }
  addTo(c, c00, c01);
  addTo(d1, c10, c11);
  addTo(d2, c20, c21);
  addTo(d3, c30, c31);
}

/** One row of C, eight columns. */
function outerRow(a: usize, table: usize, aBytes: usize, b: usize, bBytes: usize, count: i32, c: usize): void {
  let c0 = v128.load(c);
  let c1 = v128.load(c, 16);
  for (let p = 0; p < count; p++) {
    const x = v128.load32_splat(table ? a + load<u32>(table + (<usize>p << 2)) : a + <usize>p * aBytes);
    c0 = f32x4.add(c0, f32x4.mul(x, v128.load(b)));
    c1 = f32x4.add(c1, f32x4.mul(x, v128.load(b, 16)));
    b += bBytes;
  }
  v128.store(c, c0);
  v128.store(c, c1, 16);
}

/** The columns from `first` on, fewer than eight, one row of C. */
function outerRest(
  a: usize,
  table: usize,
  aBytes: usize,
  b: usize,
  bBytes: usize,
  count: i32,
  c: usize,
  first: i32,
  columns: i32,
): void {
  for (let p = 0; p < count; p++) {
    const x = load<f32>(table ? a + load<u32>(table + (<usize>p << 2)) : a + <usize>p * aBytes);
    for (let n = first; n < columns; n++) {
      const at = c + (<usize>n << 2);
      store<f32>(at, load<f32>(at) + x * load<f32>(b + (<usize>n << 2)));
    }
    b += bBytes;
  }
}
