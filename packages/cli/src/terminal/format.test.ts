import { describe, expect, it } from 'vitest';
import { formatBytes, formatClock, formatRate } from './format.js';

describe('figures as people read them', () => {
  it.each([
    [6.6, '0:07'],
    [65, '1:05'],
    [3750, '1:02:30'],
    [Infinity, '–'],
  ])('%s s left → %s', (seconds, text) => expect(formatClock(seconds)).toBe(text));

  it.each([
    [12, '12 bytes'],
    [5.15 * 2 ** 20, '5.15 MiB'],
    [3 * 2 ** 40, '3.00 TiB'],
  ])('%s bytes → %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

  it('shows rates with three digits', () => {
    expect([formatRate(541.2), formatRate(12.34), formatRate(0.5, '/s')]).toEqual([
      '541 samples/s',
      '12.3 samples/s',
      '0.50/s',
    ]);
  });
});
