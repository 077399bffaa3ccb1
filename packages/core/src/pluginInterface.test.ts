import { describe, expect, it } from 'vitest';
import { definePlugin } from './definition.js';
import { interfaceFault, pluginInterface, satisfiesInterface } from './pluginInterface.js';

describe('satisfiesInterface', () => {
  it.each([
    ['1', '1.4', true],
    ['1.x', '1.4', true],
    ['1.4', '1.4', true],
    ['1.4', '1.5', false],
    ['^1.2', '1.4', true],
    ['^1.2.3', '1.4', true],
    ['^1.5', '1.4', false],
    ['^2.0', '1.4', false],
    ['~1.4', '1.4', true],
    ['>=1.2 <3', '2.9', true],
    ['>= 1.2 < 3', '3.0', false],
    ['>1.4', '1.4', false],
    ['<=1.4', '1.4', true],
    ['^0.9 || ^1.0', '1.4', true],
    ['*', '7.1', true],
    ['one', '1.0', undefined],
    ['', '1.0', undefined],
  ])('says of %j and version %s: %s', (range, version, expected) => {
    expect(satisfiesInterface(range, version)).toBe(expected);
  });
});

describe('interfaceFault', () => {
  it('finds nothing wrong with a plugin defined here, or one that says nothing', () => {
    const plugin = definePlugin({ name: 'here', components: [] });
    expect(plugin.interface).toBe(pluginInterface);
    expect([interfaceFault(plugin), interfaceFault({ name: 'plain', components: [] })]).toEqual([undefined, undefined]);
  });

  it('says which of the two to update', () => {
    const fault = (own: string): string | undefined => interfaceFault({ name: 'x', components: [], interface: own });
    expect(fault('0.9')).toContain('got interface=0.9. Update the plugin.');
    expect(fault('2.0')).toContain('got interface=2.0. Update tessera.');
  });
});
