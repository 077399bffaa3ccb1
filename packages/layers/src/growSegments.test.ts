import { expect, it } from 'vitest';
import { growSegments } from './growSegments.js';

const given = { shape: [2, 2], values: Float32Array.of(1, 2, 3, 6) };

it('starts rows that a pretrained segment table lacks as the mean of its first two', () => {
  expect(growSegments(given, [4, 2])).toEqual(Float32Array.of(1, 2, 3, 6, 2, 4, 2, 4));
});

it('takes no table of another width, of a single row, or with rows to spare', () => {
  expect(growSegments(given, [4, 3])).toBeUndefined();
  expect(growSegments(given, [1, 2])).toBeUndefined();
  expect(growSegments({ shape: [1, 2], values: Float32Array.of(1, 2) }, [2, 2])).toBeUndefined();
});
