import type { ParameterSource } from '@tessera/core';
import { expect, it } from 'vitest';
import { withSegmentRows } from './segmentRows.js';

const path = 'fusion.embeddings.segment.weight';
const source: ParameterSource = {
  description: 'two rows',
  read: (asked) =>
    asked === 'other.weight' || asked === path ? { shape: [2, 2], values: Float32Array.of(1, 2, 3, 6) } : undefined,
};

it('starts rows that a pretrained segment table lacks as the mean of its first two', () => {
  expect(withSegmentRows(source, { path, numSegments: 4 }).read(path)).toEqual({
    shape: [4, 2],
    values: Float32Array.of(1, 2, 3, 6, 2, 4, 2, 4),
  });
});

it('passes everything else unchanged', () => {
  expect(withSegmentRows(source, { path, numSegments: 2 }).read(path)?.shape).toEqual([2, 2]);
  const grown = withSegmentRows(source, { path, numSegments: 4 });
  expect(grown.read('other.weight')?.shape).toEqual([2, 2]);
  expect(grown.read('missing')).toBeUndefined();
});
