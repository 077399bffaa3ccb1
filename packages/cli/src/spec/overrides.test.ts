import { describe, expect, it } from 'vitest';
import { applyOverrides, overridesFor, parseOverride } from './overrides.js';

const apply = (spec: unknown, ...texts: string[]): unknown => applyOverrides(spec, texts.map(parseOverride));

describe('--set', () => {
  it.each([
    ['training.epochs=3', { training: { epochs: 3, seed: 1 } }],
    ['training.optimizer.learningRate=1e-4', { training: { epochs: 1, seed: 1, optimizer: { learningRate: 1e-4 } } }],
    ['training={ epochs: 5 }', { training: { epochs: 5 } }],
    ['training.seed=null', { training: { epochs: 1 } }],
    ['name="3"', { training: { epochs: 1, seed: 1 }, name: '3' }],
    ['name=a=b', { training: { epochs: 1, seed: 1 }, name: 'a=b' }],
    ['"a.b".c=1', { training: { epochs: 1, seed: 1 }, 'a.b': { c: 1 } }],
  ])('%s', (text, expected) => {
    const spec = { training: { epochs: 1, seed: 1 } };
    expect(apply(spec, text)).toEqual(expected);
    expect(spec).toEqual({ training: { epochs: 1, seed: 1 } });
  });

  it('reaches into lists and adds to their end', () => {
    const spec = { groups: [{ rate: 1 }, { rate: 2 }] };
    expect(apply(spec, 'groups[1].rate=5')).toEqual({ groups: [{ rate: 1 }, { rate: 5 }] });
    expect(apply(spec, 'groups.2={ rate: 3 }')).toEqual({ groups: [{ rate: 1 }, { rate: 2 }, { rate: 3 }] });
  });

  it('is for the specs that a command names, or for the one of a name', () => {
    const overrides = ['epochs=1', 'mmbt:epochs=2'].map(parseOverride);
    const texts = (name: string, named: boolean) => overridesFor(overrides, name, named).map(({ text }) => text);
    expect(texts('mmbt', true)).toEqual(['epochs=1', 'mmbt:epochs=2']);
    expect(texts('bow', true)).toEqual(['epochs=1']);
    expect(texts('image-only', false)).toEqual([]);
  });

  it.each([
    ['training.epochs', /must be path=value, got "training\.epochs"/],
    ['=3', /must be path=value/],
    ['training..epochs=3', /must not have empty keys/],
    ['a={ b', /the value must be YAML, got "a=\{ b"/],
  ])('%s is refused', (text, message) => expect(() => parseOverride(text)).toThrow(message));

  it.each([
    ['name.first=x', /name must be a mapping to have the key "first", got "m"/],
    ['groups.5=1', /groups is a list of 1, got the entry "5"\. Entries are 0 to 1/],
  ])('%s does not fit the spec', (text, message) => {
    expect(() => apply({ name: 'm', groups: [1] }, text)).toThrow(message);
  });
});
