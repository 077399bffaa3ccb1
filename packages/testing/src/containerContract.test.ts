// The contract passes sound containers and finds what is wrong with broken ones.
import { ContainerError, inversifyContainer } from '@tessera/core';
import { describe, expect, it } from 'vitest';
import { describeFaults, type FaultCase } from '../test/describeFaults.js';
import * as faulty from '../test/faultyContainers.js';
import { rulesBrokenBy, type BrokenRule } from './brokenRules.js';
import { containerContract } from './containerContract.js';

const broken = (makeChange: () => faulty.Change): Promise<readonly BrokenRule[]> =>
  rulesBrokenBy('container', containerContract, () => faulty.containerWith(makeChange()));

const failing =
  (error: (message: string) => Error): (() => faulty.Change) =>
  () =>
  (sound) => ({
    get: (token) => {
      try {
        return sound.get(token);
      } catch (cause) {
        throw error(`no service: ${(cause as Error).name}`);
      }
    },
  });

const cases: readonly FaultCase<() => faulty.Change>[] = [
  [
    'gives nothing',
    () => () => ({ get: () => undefined as never }),
    'gives a bound value',
    /^get: must be "tessera", got undefined/,
  ],
  [
    'takes falsy values for none',
    () => (sound) => ({ get: (token) => sound.get(token) || ('default' as never) }),
    'keeps falsy values',
    /^get of empty text: must be "", got "default"/,
  ],
  [
    'tells services by the token itself',
    () => faulty.ofTokenObjects,
    'finds a service by the key',
    /^get by another copy of the token: must .*nobody provides/,
  ],
  [
    'throws what it likes',
    failing((message) => new RangeError(message)),
    'names what is missing',
    /must be a ContainerError, got RangeError/,
  ],
  [
    'calls factories when they are bound',
    () => faulty.eager,
    'calls a factory on first use',
    /^calls before use: must be 0, got 1/,
  ],
  [
    'hands factories the container that was asked',
    faulty.handingTheAsked,
    'hands a factory the container',
    /^what the factory resolved: must be \["above"\], got \["below"\]/,
  ],
  [
    'throws again what a factory threw once',
    () => faulty.rememberingErrors,
    'passes on the error of a factory',
    /^second get: must call the factory again, got RangeError: not yet/,
  ],
  [
    'does not say that a service needs itself',
    failing((message) => new ContainerError(message)),
    'names a service that needs itself',
    /must name the circle, got "no service/,
  ],
  [
    'keeps the first binding',
    () => faulty.keepingFirst,
    'replaces a binding by a later one',
    /^after: must be "second", got "first"/,
  ],
  [
    'is its own child',
    () => (_sound, self) => ({ child: self }),
    'lets a child see its parent',
    /^has: must be \[true,true,false\], got \[true,true,true\]/,
  ],
  [
    'has one child for all',
    faulty.withOneChild,
    'lets a child replace a service',
    /^get: must be \["below","above","above"\], got \["below","below","above"\]/,
  ],
  [
    'makes a service for each request',
    faulty.makingAnew,
    'shares what a parent made',
    /^a parent must make one service/,
  ],
  ['frees nothing', () => () => ({ dispose: () => undefined }), 'frees children first', /^events: must be .*freed/],
  [
    'takes values for its own',
    () => faulty.owningValues,
    'leaves bound values to their owner',
    /^events: must be \["made a"\], got \["made a","freed a"\]/,
  ],
  ['goes on after it was disposed', () => faulty.neverClosed, 'is disposed once', /^get: must throw/],
];

describe('the contract of containers', () => {
  it('passes a sound one', async () => {
    expect(await rulesBrokenBy('container', containerContract, () => inversifyContainer())).toEqual([]);
    expect(await broken(() => () => ({}))).toEqual([]);
  });

  describeFaults(containerContract, cases, broken);
});
