import { describe, expect, it } from 'vitest';
import { cut, oneLine, pad, textWidth, wrap } from './width.js';

describe('width on a terminal', () => {
  it.each([
    ['plain', 5],
    ['猫と犬', 6],
    ['🙂', 2],
    ['é', 1],
    ['e\u0301', 1],
    ['\u001b[1mbold\u001b[22m', 4],
    ['', 0],
  ])('of %j is %i', (text, width) => expect(textWidth(text)).toBe(width));

  it('counts when text is padded, cut and wrapped', () => {
    expect(pad('猫', 4)).toBe('猫  ');
    expect(pad('1', 3, 'right')).toBe('  1');
    expect(cut('猫と犬', 5)).toBe('猫と…');
    expect(cut('short', 5)).toBe('short');
    expect(wrap('猫 と 犬', 5)).toEqual(['猫 と', '犬']);
    expect(wrap('a-very-long-word b', 5)).toEqual(['a-very-long-word', 'b']);
  });
});

it('text from outside becomes one line without control sequences', () => {
  expect(oneLine('a\n\tb\u001b[31mc\u0007')).toBe('a b[31mc');
});
