import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { mean, numbers, tinyPlugin } from '../test/tinyParts.js';
import { defineEncoder, defineHead, defineOptimizer, definePlugin, Registry, RegistryError } from './index.js';

const again = definePlugin({ name: 'copycat', components: [mean, numbers] });

describe('Registry', () => {
  it('finds a definition by kind and name', () => {
    const registry = new Registry([tinyPlugin]);
    expect(registry.get('encoder', 'numbers')).toBe(numbers);
    expect(registry.find('fusion', 'numbers')).toBeUndefined();
  });

  it('lists parts with their owners, in order of registration', () => {
    const registry = new Registry([tinyPlugin]);
    expect(registry.names('encoder')).toEqual(['numbers', 'letters']);
    expect(registry.list('fusion').map(({ owner }) => owner)).toEqual(['tiny', 'tiny']);
    expect(registry.list()).toHaveLength(tinyPlugin.components.length);
  });

  it('names both owners of a taken name', () => {
    const registry = new Registry([tinyPlugin]);
    expect(() => registry.add(again)).toThrow(RegistryError);
    expect(() => registry.add(again)).toThrow(
      'Registry: a name may be taken once, got fusion "mean" from plugin "copycat", already defined by plugin "tiny". Rename one of them.',
    );
  });

  it('registers all parts of a plugin or none', () => {
    const registry = new Registry([definePlugin({ name: 'first', components: [numbers] })]);
    expect(() => registry.add(again)).toThrow(/encoder "numbers"/);
    expect(registry.find('fusion', 'mean')).toBeUndefined();
  });

  it('refuses a name that one plugin takes twice', () => {
    expect(() => new Registry([definePlugin({ name: 'double', components: [mean, mean] })])).toThrow(
      /plugin "double", already defined by plugin "double"/,
    );
  });

  it.each([
    ['an encoder option "encoder"', defineEncoder<string>(), 'encoder'],
    ['a head option "loss"', defineHead<string, string>(), 'loss'],
    ['an optimizer option "type"', defineOptimizer, 'type'],
  ])('refuses %s, which a spec could not set', (_, define, option) => {
    const part = define({
      name: 'part',
      summary: '',
      config: z.object({ [option]: z.string() }),
      create: () => {
        throw new Error('never created');
      },
    });
    expect(() => new Registry([definePlugin({ name: 'mine', components: [part] })])).toThrow(
      /an option may not be named as a key that stands beside it, got ".*" in .* "part" from plugin "mine"/,
    );
  });

  it('suggests the nearest known name', () => {
    expect(() => new Registry([tinyPlugin]).get('encoder', 'numbrs')).toThrow(
      'Registry: unknown encoder "numbrs". Known: numbers, letters. Did you mean "numbers"?',
    );
  });

  it('says when nothing of a kind is known', () => {
    expect(() => new Registry().get('loss', 'focal')).toThrow('Registry: unknown loss "focal". Known: none.');
  });
});
