import { ContainerError, token, type Container } from '@tessera/core';
import type { Contract } from './contract.js';
import { expectEqual, expectThat, failureOf, resultOf } from './expectations.js';

const word = token<string>('testing.Word', 'a word');
const list = token<readonly string[]>('testing.List', 'a list');

/** A service that records when it is made and freed. */
const tracked = (name: string, events: string[]): { name: string; dispose(): void } => {
  events.push(`made ${name}`);
  return { name, dispose: () => void events.push(`freed ${name}`) };
};
const service = (name: string): ReturnType<typeof token<{ name: string }>> =>
  token(`testing.${name}`, `service ${name}`);

/** What every container engine keeps to. The subject is an empty container. */
export const containerContract: Contract<Container> = [
  {
    rule: 'gives a bound value',
    check: (container) => {
      container.bind(word, { value: 'tessera' });
      expectEqual(container.get(word), 'tessera', 'get');
    },
  },
  {
    rule: 'keeps falsy values',
    check: (container) => {
      const nothing = token<undefined>('testing.Nothing', 'nothing');
      container.bind(word, { value: '' });
      container.bind(nothing, { value: undefined });
      expectEqual(container.get(word), '', 'get of empty text');
      expectEqual(container.get(nothing), undefined, 'get of undefined');
    },
  },
  {
    rule: 'finds a service by the key, whichever copy of the token asks',
    check: async (container) => {
      container.bind(word, { value: 'tessera' });
      const copy = token<string>(word.key, 'another copy');
      const what = 'get by another copy of the token';
      expectEqual(await resultOf(() => container.get(copy), `${what}: must find "${word.key}"`), 'tessera', what);
    },
  },
  {
    rule: 'names what is missing',
    check: async (container) => {
      const error = await failureOf(() => container.get(word), 'get of an unbound service');
      expectThat(
        error instanceof ContainerError,
        `get of an unbound service: must be a ContainerError, got ${error.name}.`,
      );
      expectThat(error.message.includes('a word'), `the message must describe the service, got "${error.message}".`);
      expectEqual(container.has(word), false, 'has');
    },
  },
  {
    rule: 'calls a factory on first use, and once',
    check: (container) => {
      let calls = 0;
      container.bind(list, { factory: () => [String(++calls)] });
      expectEqual(calls, 0, 'calls before use');
      expectThat(container.get(list) === container.get(list), 'a factory must make one service.');
      expectEqual(calls, 1, 'calls');
    },
  },
  {
    rule: 'hands a factory the container it was bound in',
    check: (container) => {
      container.bind(word, { value: 'above' });
      container.bind(list, { factory: (own) => [own.get(word)] });
      const child = container.child();
      child.bind(word, { value: 'below' });
      expectEqual(child.get(list), ['above'], 'what the factory resolved');
    },
  },
  {
    rule: 'passes on the error of a factory, and tries again',
    check: async (container) => {
      let calls = 0;
      container.bind(word, {
        factory: () => {
          if (++calls === 1) throw new RangeError('not yet');
          return 'ready';
        },
      });
      const error = await failureOf(() => container.get(word), 'get');
      expectEqual(error.message, 'not yet', 'message');
      const second = await resultOf(() => container.get(word), 'second get: must call the factory again');
      expectEqual(second, 'ready', 'second get');
    },
  },
  {
    rule: 'names a service that needs itself',
    check: async (container) => {
      container.bind(word, { factory: (own) => own.get(list).join() });
      container.bind(list, { factory: (own) => [own.get(word)] });
      const error = await failureOf(() => container.get(word), 'get');
      expectThat(error.message.includes('needs itself'), `must name the circle, got "${error.message}".`);
    },
  },
  {
    rule: 'replaces a binding by a later one',
    check: (container) => {
      container.bind(word, { value: 'first' });
      expectEqual(container.get(word), 'first', 'before');
      container.bind(word, { factory: () => 'second' });
      expectEqual(container.get(word), 'second', 'after');
    },
  },
  {
    rule: 'lets a child see its parent, and never the other way round',
    check: (container) => {
      const child = container.child();
      container.bind(word, { value: 'above' });
      child.bind(list, { value: ['below'] });
      expectEqual(child.get(word), 'above', 'get through the parent');
      expectEqual([child.has(word), child.has(list), container.has(list)], [true, true, false], 'has');
    },
  },
  {
    rule: 'lets a child replace a service for itself alone',
    check: (container) => {
      container.bind(word, { value: 'above' });
      const [child, sibling] = [container.child(), container.child()];
      child.bind(word, { value: 'below' });
      expectEqual([child.get(word), sibling.get(word), container.get(word)], ['below', 'above', 'above'], 'get');
    },
  },
  {
    rule: 'shares what a parent made with all children',
    check: (container) => {
      container.bind(list, { factory: () => [] });
      expectThat(container.child().get(list) === container.child().get(list), 'a parent must make one service.');
    },
  },
  {
    rule: 'frees children first, then what its factories made, the last first',
    check: (container) => {
      const events: string[] = [];
      const [a, b, c, unused] = [service('A'), service('B'), service('C'), service('Unused')];
      container.bind(a, { factory: () => tracked('a', events) });
      container.bind(b, { factory: (own) => (own.get(a), tracked('b', events)) });
      container.bind(unused, { factory: () => tracked('unused', events) });
      const child = container.child();
      child.bind(c, { factory: (own) => (own.get(b), tracked('c', events)) });
      child.get(c);
      container.dispose();
      expectEqual(events, ['made a', 'made b', 'made c', 'freed c', 'freed b', 'freed a'], 'events');
    },
  },
  {
    rule: 'leaves bound values to their owner',
    check: (container) => {
      const events: string[] = [];
      const a = service('A');
      container.bind(a, { value: tracked('a', events) });
      container.get(a);
      container.dispose();
      expectEqual(events, ['made a'], 'events');
    },
  },
  {
    rule: 'is disposed once, and says so when it is used afterwards',
    check: async (container) => {
      const events: string[] = [];
      const a = service('A');
      container.bind(a, { factory: () => tracked('a', events) });
      const child = container.child();
      child.get(a);
      child.dispose();
      expectEqual(events, ['made a'], 'events after the child');
      container.dispose();
      container.dispose();
      expectEqual(events, ['made a', 'freed a'], 'events');
      for (const [name, call] of [
        ['get', () => container.get(a)],
        ['bind', () => container.bind(a, { value: { name: 'late' } })],
        ['get of a child', () => child.get(a)],
      ] as const) {
        const error = await failureOf(call, name);
        expectThat(error instanceof ContainerError, `${name}: must be a ContainerError, got ${error.name}.`);
      }
    },
  },
];
