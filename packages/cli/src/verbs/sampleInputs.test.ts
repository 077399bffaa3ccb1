import { Registry, type AnyDefinition, type Model } from '@tessera/core';
import { describe, expect, it } from 'vitest';
import { sampleInputs } from './sampleInputs.js';

/** A run with one modality, whose encoder says this of its inputs. */
function runOf(says: {
  readonly medium?: string;
  readonly input?: 'file' | 'value';
}): Parameters<typeof sampleInputs>[0] {
  const definition = { kind: 'encoder', name: 'own', config: { shape: {} }, encoders: {}, input: 'value', ...says };
  const registry = new Registry([{ name: 'own', components: [definition as unknown as AnyDefinition] }]);
  const spec = { modalities: { row: { type: 'own', options: {} } } } as unknown as Model['spec'];
  return { model: { encoders: new Map([['row', {} as never]]), spec }, registry };
}
const read = (says: Parameters<typeof runOf>[0], value: string): unknown =>
  sampleInputs(runOf(says), [`--row=${value}`], '--input FILE')['row'];

describe('sampleInputs', () => {
  it('gives encoders of values what JSON lines would: numbers, lists, records, truth values', () => {
    expect(read({}, '[[1, -2.5], [3, 4]]')).toEqual([
      [1, -2.5],
      [3, 4],
    ]);
    expect(read({}, '-3e2')).toBe(-300);
    expect(read({}, '{ "x": true }')).toEqual({ x: true });
    expect(read({}, '"quoted"')).toBe('quoted');
  });

  it('leaves what is no JSON as it is, for the encoder to judge', () => {
    expect(read({}, '[1, 2')).toBe('[1, 2');
    expect(read({}, 'red')).toBe('red');
    expect(read({}, '')).toBe('');
  });

  it('leaves text as it is, numbers and brackets too', () => {
    for (const text of ['42', '[sic]', '[1, 2]', 'null', '"so"']) expect(read({ medium: 'text' }, text)).toBe(text);
  });

  it('takes a path for a file, and lists that stand there instead of one', () => {
    for (const name of ['42', 'null']) expect(read({ input: 'file' }, name)).toBe(name);
    expect(read({ input: 'file' }, 'a.csv')).toBe('a.csv');
    expect(read({ input: 'file' }, '[[0, 0, 1]]')).toEqual([[0, 0, 1]]);
  });

  it('takes a value that begins with a hyphen', () => {
    expect(sampleInputs(runOf({}), ['--row', '-5'], '--input FILE')).toEqual({ row: -5 });
  });
});
