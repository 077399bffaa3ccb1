import { describe, expect, it } from 'vitest';
import { spectrogramPicture } from './spectrogramPicture.js';

describe('spectrogramPicture', () => {
  it('has time from left to right and low frequencies at the bottom', () => {
    const bytes = spectrogramPicture(Float32Array.of(0, 0.5, 1, 0, 0, 0.25), 2); // 3 frames of 2 bins
    const view = new DataView(bytes.buffer);
    expect(String.fromCharCode(...bytes.subarray(0, 2))).toBe('BM');
    expect([view.getUint32(2, true), view.getInt32(18, true), view.getInt32(22, true)]).toEqual([bytes.length, 3, 2]);
    const start = view.getUint32(10, true);
    expect([...bytes.subarray(start, start + 3)]).toEqual([0, 255, 0]);
    expect([...bytes.subarray(start + 4, start + 7)]).toEqual([128, 0, 64]);
  });

  it('shows a long sound in few columns, and one of a single value', () => {
    const bytes = spectrogramPicture(new Float32Array(3000 * 4).fill(2), 4);
    expect(new DataView(bytes.buffer).getInt32(18, true)).toBe(375);
    expect(bytes.subarray(54 + 1024).every((shade) => shade === 0)).toBe(true);
  });
});
