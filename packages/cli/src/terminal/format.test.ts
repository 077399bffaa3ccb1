import { describe, expect, it } from 'vitest';
import {
  formatBytes,
  formatClock,
  formatCount,
  formatDuration,
  formatFigure,
  formatNumberOf,
  formatRate,
} from './format.js';

describe('figures as people read them', () => {
  it.each([
    [0.12345, '0.123'],
    [123.456, '123.5'],
    [12345.6, '12346'],
    [NaN, '–'],
    [null, '–'],
    [-Infinity, '-∞'],
  ])('%s → %s', (value, text) => expect(formatFigure(value)).toBe(text));

  it.each([
    [0, '0.0 s'],
    [9.96, '10.0 s'],
    [59.6, '1 min 00 s'],
    [65, '1 min 05 s'],
    [3599.7, '1 h 00 min'],
    [7380, '2 h 03 min'],
    [NaN, '–'],
  ])('a duration of %s s → %s', (seconds, text) => expect(formatDuration(seconds)).toBe(text));

  it.each([
    [6.6, '0:07'],
    [65, '1:05'],
    [3750, '1:02:30'],
    [Infinity, '–'],
  ])('%s s left → %s', (seconds, text) => expect(formatClock(seconds)).toBe(text));

  it('counts, bytes, rates and plurals', () => {
    expect(formatCount(1348504)).toBe('1,348,504');
    expect([formatBytes(12), formatBytes(5.15 * 2 ** 20), formatBytes(3 * 2 ** 40)]).toEqual([
      '12 bytes',
      '5.15 MiB',
      '3.00 TiB',
    ]);
    expect([formatRate(541.2), formatRate(12.34), formatRate(0.5, '/s')]).toEqual([
      '541 samples/s',
      '12.3 samples/s',
      '0.50/s',
    ]);
    expect([formatNumberOf(1, 'epoch'), formatNumberOf(2, 'epoch')]).toEqual(['1 epoch', '2 epochs']);
  });
});
