import type { RgbPixels } from './renderPlan.js';
import type { AxisWeights } from './resampling.js';

/**
 * Separable resampling: each input row is resized once and added to the output rows it belongs to, so that memory is
 * the output and one row, however large the input.
 */
export function resample(pixels: RgbPixels, rows: AxisWeights, columns: AxisWeights): Float32Array {
  const rowLength = columns.count * 3;
  const output = new Float32Array(rows.count * rowLength);
  const resized = new Float32Array(rowLength);
  const last = rows.count - 1;
  const end = at(rows.starts, last) + at(rows.lengths, last);
  let first = 0; // the first output row that may still take input rows
  for (let y = at(rows.starts, 0); y < end; y++) {
    while (at(rows.starts, first) + at(rows.lengths, first) <= y) first++;
    if (at(rows.starts, first) > y) continue;
    resizeRow(pixels, y, columns, resized);
    for (let row = first; row < rows.count && at(rows.starts, row) <= y; row++) {
      const tap = y - at(rows.starts, row);
      if (tap >= at(rows.lengths, row)) continue;
      addRow(output, row * rowLength, resized, at(rows.weights, row * rows.stride + tap));
    }
  }
  return output;
}

function resizeRow(pixels: RgbPixels, y: number, columns: AxisWeights, into: Float32Array): void {
  const { data, width } = pixels;
  const { starts, lengths, weights, stride } = columns;
  for (let column = 0, to = 0; column < columns.count; column++, to += 3) {
    let from = (y * width + at(starts, column)) * 3;
    const end = column * stride + at(lengths, column);
    let [red, green, blue] = [0, 0, 0];
    for (let tap = column * stride; tap < end; tap++, from += 3) {
      const weight = at(weights, tap);
      red += weight * at(data, from);
      green += weight * at(data, from + 1);
      blue += weight * at(data, from + 2);
    }
    into[to] = red;
    into[to + 1] = green;
    into[to + 2] = blue;
  }
}

function addRow(output: Float32Array, offset: number, row: Float32Array, weight: number): void {
  for (let i = 0; i < row.length; i++) output[offset + i] = at(output, offset + i) + weight * at(row, i);
}

/** An element known to exist; inlined by the engine. */
const at = (values: Float32Array | Int32Array | Uint8Array, index: number): number => values[index] as number;
