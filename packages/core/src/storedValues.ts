// Arrays from files straight into memory that a backend gives, their axes in the model's order.
import type { StoredValues } from './contracts/parameters.js';

/** Elements read at a time where they are reordered, so that they are still in the processor's cache then. */
const partSize = 1 << 17;

/** Rows reordered together: as many neighbours in the result fill a line of the cache. */
const tileRows = 16;

/** Fills `out` with a whole array. Throws as the file's reader does. */
export function readStored({ shape, axes, readPart }: StoredValues, out: Float32Array): void {
  if (!axes || out.length === 0) {
    readPart(out, 0);
    return;
  }
  const [numRows = 1] = shape;
  const places = placesOf(shape, axes);
  const rowLength = places.length;
  const rowsAtOnce = Math.min(numRows, Math.max(tileRows, Math.floor(partSize / rowLength)));
  const part = scratchOf(rowsAtOnce * rowLength);
  for (let row = 0; row < numRows; row += rowsAtOnce) {
    const rows = Math.min(rowsAtOnce, numRows - row);
    readPart(part.subarray(0, rows * rowLength), row * rowLength);
    scatterRows(part, rows, { out, places, row });
  }
}

let scratch: Float32Array | undefined;

/** Memory that is free to use until the next call: as much anew for each array would keep the garbage collector busy. */
function scratchOf(size: number): Float32Array {
  if (size > partSize) return new Float32Array(size);
  return (scratch ??= new Float32Array(partSize));
}

/** Where the elements of the first row stored go. Each further row's go one place further: its axis is the last. */
function placesOf(shape: readonly number[], axes: readonly number[]): Int32Array {
  let places = Int32Array.of(0);
  for (const [axis, length] of shape.entries()) {
    if (axis === 0) continue;
    const step = stepOf(axes.indexOf(axis), shape, axes);
    const next = new Int32Array(places.length * length);
    places.forEach((place, i) => {
      for (let j = 0; j < length; j++) next[i * length + j] = place + j * step;
    });
    places = next;
  }
  return places;
}

/** How far apart neighbours along an axis of the result are. */
const stepOf = (axis: number, shape: readonly number[], axes: readonly number[]): number =>
  axes.slice(axis + 1).reduce((step, stored) => step * (shape[stored] ?? 1), 1);

interface Target {
  readonly out: Float32Array;
  readonly places: Int32Array;
  /** The first row's number. */
  readonly row: number;
}

/** Four columns at a time: each element read alone would take a line of the cache to be written to. */
function scatterRows(part: Float32Array, rows: number, { out, places, row }: Target): void {
  const width = places.length;
  const wide = width - (width % 4);
  for (let top = 0; top < rows; top += tileRows) {
    const bottom = Math.min(top + tileRows, rows);
    for (let column = 0; column < wide; column += 4) {
      const first = at(places, column) + row;
      const second = at(places, column + 1) + row;
      const third = at(places, column + 2) + row;
      const fourth = at(places, column + 3) + row;
      for (let r = top, from = column + top * width; r < bottom; r++, from += width) {
        out[first + r] = at(part, from);
        out[second + r] = at(part, from + 1);
        out[third + r] = at(part, from + 2);
        out[fourth + r] = at(part, from + 3);
      }
    }
    for (let column = wide; column < width; column++) {
      const to = at(places, column) + row;
      for (let r = top; r < bottom; r++) out[to + r] = at(part, column + r * width);
    }
  }
}

/** An element known to exist; inlined by the engine. */
const at = (values: Float32Array | Int32Array, index: number): number => values[index] as number;
