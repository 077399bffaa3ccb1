// Separable resampling of RGB bytes to float32, as src/picture/resampling.ts weighs the pixels. Rows first: their bytes lie
// side by side, sixteen at a time.

/**
 * Some rows of the result.
 * @param pixels - rows of bytes from the first that any of these rows takes; readable 16 bytes beyond its end
 * @param rowBytes - a multiple of 16
 * @param numRows - rows of the result; `rowStarts`, `rowLengths` (int32) and `rowWeights` (float32, `rowTaps` each) are theirs
 * @param numColumns - the same for columns
 * @param blended - room for rowBytes + 4 float32
 * @param output - [numRows, numColumns, 3] float32; writable 4 bytes beyond its end
 */
export function resample(
  pixels: usize,
  rowBytes: i32,
  numRows: i32,
  rowStarts: usize,
  rowLengths: usize,
  rowWeights: usize,
  rowTaps: i32,
  numColumns: i32,
  columnStarts: usize,
  columnLengths: usize,
  columnWeights: usize,
  columnTaps: i32,
  blended: usize,
  output: usize,
): void {
  for (let row = 0; row < numRows; row++) {
    const from = pixels + <usize>load<i32>(rowStarts) * <usize>rowBytes;
    blend(from, rowBytes, load<i32>(rowLengths), rowWeights, blended);
    let weights = columnWeights;
    for (let column: usize = 0; column < <usize>numColumns; column++) {
      const start = load<i32>(columnStarts + (column << 2));
      const taps = load<i32>(columnLengths + (column << 2));
      v128.store(output, weighted(blended + 12 * <usize>start, taps, weights)); // the fourth value is overwritten next
      weights += <usize>columnTaps << 2;
      output += 12;
    }
    rowStarts += 4;
    rowLengths += 4;
    rowWeights += <usize>rowTaps << 2;
  }
}

/** Weighted sum of `taps` rows of bytes. */
@inline
function blend(from: usize, rowBytes: i32, taps: i32, weights: usize, to: usize): void {
  for (let byte = 0; byte < rowBytes; byte += 16, from += 16, to += 64) {
    let a = f32x4.splat(0);
    let b = f32x4.splat(0);
    let c = f32x4.splat(0);
    let d = f32x4.splat(0);
    let at = from;
    for (let tap: usize = 0; tap < <usize>taps; tap++, at += <usize>rowBytes) {
      const weight = v128.load32_splat(weights + (tap << 2));
      const bytes = v128.load(at);
      const low = i16x8.extend_low_i8x16_u(bytes);
      const high = i16x8.extend_high_i8x16_u(bytes);
      a = f32x4.add(a, f32x4.mul(weight, f32x4.convert_i32x4_u(i32x4.extend_low_i16x8_u(low))));
      b = f32x4.add(b, f32x4.mul(weight, f32x4.convert_i32x4_u(i32x4.extend_high_i16x8_u(low))));
      c = f32x4.add(c, f32x4.mul(weight, f32x4.convert_i32x4_u(i32x4.extend_low_i16x8_u(high))));
      d = f32x4.add(d, f32x4.mul(weight, f32x4.convert_i32x4_u(i32x4.extend_high_i16x8_u(high))));
    }
    v128.store(to, a);
    v128.store(to, b, 16);
    v128.store(to, c, 32);
    v128.store(to, d, 48);
  }
}

/** Weighted sum of `taps` pixels of three float32; the fourth value is of no use. */
@inline
function weighted(from: usize, taps: i32, weights: usize): v128 {
  let sum = f32x4.splat(0);
  for (let tap: usize = 0; tap < <usize>taps; tap++, from += 12) {
    sum = f32x4.add(sum, f32x4.mul(v128.load32_splat(weights + (tap << 2)), v128.load(from)));
  }
  return sum;
}
