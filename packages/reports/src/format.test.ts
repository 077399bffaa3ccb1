import { describe, expect, it } from 'vitest';
import { formatCount, formatDuration, formatFigure, formatNumberOf, formatShare } from './format.js';

describe('figures as people read them', () => {
  it.each([
    [0.12345, '0.123'],
    [123.456, '123.5'],
    [12345.6, '12346'],
    [NaN, '–'],
    [null, '–'],
    [-Infinity, '−∞'],
  ])('%s → %s', (value, text) => expect(formatFigure(value)).toBe(text));

  it.each([
    [0, '0.0 s'],
    [9.94, '9.9 s'],
    [9.96, '10 s'],
    [59.6, '1 min 00 s'],
    [65, '1 min 05 s'],
    [3599.7, '1 h 00 min'],
    [7380, '2 h 03 min'],
    [NaN, '–'],
  ])('a duration of %s s → %s', (seconds, text) => expect(formatDuration(seconds)).toBe(text));

  it.each([
    [0, '0 %'],
    [0.0001, '< 0.1 %'],
    [0.0274, '2.7 %'],
    [0.531, '53 %'],
  ])('a share of %s → %s', (share, text) => expect(formatShare(share)).toBe(text));

  it('counts and plurals', () => {
    expect(formatCount(1348504)).toBe('1,348,504');
    expect([formatNumberOf(1, 'epoch'), formatNumberOf(2, 'epoch')]).toEqual(['1 epoch', '2 epochs']);
  });
});
