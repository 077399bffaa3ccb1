import { describe, expect, it } from 'vitest';
import { firstIds, stretchesOf } from './stretches.js';

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

describe('firstIds', () => {
  const book = 'a b c '.repeat(20_000);
  const cut = (seen: string[]) => (stretch: string) => {
    seen.push(stretch);
    return stretch
      .trim()
      .split(/\s+/)
      .map((letter) => letter.charCodeAt(0));
  };

  it('cuts a text to its end where the limit allows', () => {
    const seen: string[] = [];
    expect(firstIds(book, 1e9, cut(seen))).toEqual(Array.from({ length: 20_000 }, () => [97, 98, 99]).flat());
    expect(seen.join('')).toBe(book);
  });

  it('looks at no more of a book than it needs', () => {
    const seen: string[] = [];
    expect(firstIds(book, 4, cut(seen))).toEqual([97, 98, 99, 97]);
    expect(seen).toHaveLength(1);
    expect(firstIds(book, 0, cut(seen))).toEqual([]);
    expect(seen).toHaveLength(1);
  });
});
