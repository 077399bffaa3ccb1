import { describe, expect, it } from 'vitest';
import { stretchesOf } from './stretches.js';

describe('stretchesOf', () => {
  it('leaves an ordinary text whole', () => {
    expect([...stretchesOf('a cat')]).toEqual(['a cat']);
    expect([...stretchesOf('')]).toEqual([]);
  });

  it('parts a long text before white space, losing nothing', () => {
    const book = 'word\tand\nword '.repeat(10_000);
    const stretches = [...stretchesOf(book)];
    expect(stretches.join('')).toBe(book);
    expect(stretches.length).toBeGreaterThan(5);
    for (const stretch of stretches.slice(1)) expect(stretch).toMatch(/^[ \t\n]/);
  });

  it('never parts a word', () => {
    const word = 'x'.repeat(50_000);
    expect([...stretchesOf(word)]).toEqual([word]);
    expect([...stretchesOf(`${word} y`)]).toEqual([word, ' y']);
  });
});
