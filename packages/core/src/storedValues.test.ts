import { describe, expect, it } from 'vitest';
import { readStored, type StoredValues } from './index.js';

/** An array 0, 1, 2, … in a file, and the sizes of the parts that were read. */
function numbered(shape: readonly number[], axes?: readonly number[]): { stored: StoredValues; parts: number[] } {
  const parts: number[] = [];
  const readPart = (values: Float32Array, from: number): void => {
    parts.push(values.length);
    values.forEach((_, i) => (values[i] = from + i));
  };
  return { stored: { file: 'a file', position: 0, shape, ...(axes && { axes }), readPart }, parts };
}

/** The element of the file that stands at a place of the transposed array, from the definition. */
function expected(place: number, shape: readonly number[], axes: readonly number[]): number {
  const index = new Array<number>(shape.length).fill(0);
  for (const axis of [...axes].reverse()) {
    const length = shape[axis] ?? 1;
    index[axis] = place % length;
    place = Math.floor(place / length);
  }
  return index.reduce((sum, i, axis) => sum * (shape[axis] ?? 1) + i, 0);
}

describe('readStored', () => {
  it('reads an array at once where its axes are in order', () => {
    const { stored, parts } = numbered([3, 2]);
    const out = new Float32Array(6);
    readStored(stored, out);
    expect([...out]).toEqual([0, 1, 2, 3, 4, 5]);
    expect(parts).toEqual([6]);
  });

  it.each([
    [
      [3, 5],
      [1, 0],
    ],
    [
      [40, 7],
      [1, 0],
    ],
    [
      [1, 9],
      [1, 0],
    ],
    [
      [300, 700],
      [1, 0],
    ],
    [
      [20, 3, 7, 5],
      [2, 3, 1, 0],
    ],
    [
      [6, 4, 1, 1],
      [2, 3, 1, 0],
    ],
    [[5], [0]],
  ])('puts the axes of %j in the order %j', (shape, axes) => {
    const { stored } = numbered(shape, axes);
    const out = new Float32Array(shape.reduce((product, length) => product * length, 1));
    readStored(stored, out);
    expect(out.findIndex((value, place) => value !== expected(place, shape, axes))).toBe(-1);
  });

  it('reads what it reorders in parts, so that no second copy is in memory', () => {
    const { stored, parts } = numbered([1024, 1024], [1, 0]);
    readStored(stored, new Float32Array(1024 * 1024));
    expect(parts.reduce((sum, size) => sum + size)).toBe(1024 * 1024);
    expect(Math.max(...parts)).toBeLessThanOrEqual(1024 * 128);
  });

  it('reads nothing of an empty array', () => {
    const out = new Float32Array(0);
    readStored(numbered([0, 3], [1, 0]).stored, out);
    expect(out).toHaveLength(0);
  });
});
