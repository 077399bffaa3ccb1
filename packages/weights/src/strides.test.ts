import { describe, expect, it } from 'vitest';
import { gatherStrided, rowMajorStrides } from './strides.js';

/** Element by element, from the definition. */
function slowly(values: Float32Array, shape: readonly number[], strides: readonly number[]): number[] {
  const [length, ...others] = shape;
  const [stride = 0, ...rest] = strides;
  if (length === undefined) return [values[0] ?? NaN];
  return Array.from({ length }, (_, i) => slowly(values.subarray(i * stride), others, rest)).flat();
}

const values = Float32Array.from({ length: 5040 }, (_, i) => i);

describe('gatherStrided', () => {
  it.each([
    [
      [70, 72],
      [1, 0],
    ],
    [
      [72, 70],
      [1, 0],
    ],
    [
      [1, 5040],
      [1, 0],
    ],
    [
      [7, 5, 3, 48],
      [2, 3, 1, 0],
    ],
    [
      [40, 42, 1, 3],
      [2, 3, 1, 0],
    ],
    [
      [40, 126, 1, 1],
      [2, 3, 1, 0],
    ],
    [
      [6, 7, 8, 15],
      [1, 3, 0, 2],
    ],
    [
      [4, 3, 2, 5, 6, 7],
      [5, 0, 3, 2, 4, 1],
    ],
  ])('transposes %j by %j', (shape, axes) => {
    const from = rowMajorStrides(shape);
    const newShape = axes.map((axis) => shape[axis] ?? 1);
    const strides = axes.map((axis) => from[axis] ?? 0);
    expect([...gatherStrided(values, newShape, strides)]).toEqual(slowly(values, newShape, strides));
  });

  it('reads views that overlap, repeat or skip', () => {
    for (const [shape, strides] of [
      [
        [33, 3],
        [1, 1],
      ],
      [
        [4, 40],
        [0, 2],
      ],
      [[5], [9]],
      [
        [3, 1, 4],
        [0, 7, 0],
      ],
    ] as const) {
      expect([...gatherStrided(values, shape, strides)]).toEqual(slowly(values, shape, strides));
    }
  });

  it('gives a scalar, and nothing where an axis has no elements', () => {
    expect([...gatherStrided(values, [], [])]).toEqual([0]);
    expect(gatherStrided(values, [3, 0, 2], [0, 2, 1])).toHaveLength(0);
  });

  it('gives the array itself where it lies so already', () => {
    expect(gatherStrided(values, [70, 72], [72, 1])).toBe(values);
  });
});
