import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { prefetch } from './prefetch.js';

const unhandled: unknown[] = [];
const note = (reason: unknown): void => void unhandled.push(reason);
beforeAll(() => void process.on('unhandledRejection', note));
afterAll(() => {
  process.off('unhandledRejection', note);
  expect(unhandled).toEqual([]);
});

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** Items take 1 to 5 ms, later ones often less; counts how many are under way or not yet taken. */
function meter(length: number) {
  const state = { started: 0, taken: 0, running: 0, mostAhead: 0, mostRunning: 0 };
  return {
    state,
    source: {
      length,
      async produce(index: number): Promise<number> {
        state.started += 1;
        state.running += 1;
        state.mostRunning = Math.max(state.mostRunning, state.running);
        state.mostAhead = Math.max(state.mostAhead, state.started - state.taken);
        await sleep(1 + ((index * 7) % 5));
        state.running -= 1;
        return index;
      },
    },
  };
}

describe('prefetch', () => {
  test.each([1, 2, 3, 8])('keeps the order and never has more than %i items ahead', async (ahead) => {
    const { state, source } = meter(30);
    const items: number[] = [];
    for await (const item of prefetch(source, { ahead })) {
      state.taken += 1;
      items.push(item);
      if (item % 3 === 0) await sleep(4);
    }
    expect(items).toEqual(Array.from({ length: 30 }, (_, i) => i));
    // The item just handed over is not counted as taken before the loop's body runs.
    expect(state.mostAhead).toBeLessThanOrEqual(ahead + 1);
    expect(state.mostRunning).toBe(ahead);
    expect(state.started).toBe(30);
  });

  test('starts nothing before it is asked, and at most `ahead` for a consumer that takes one', async () => {
    const { state, source } = meter(10);
    const iterator = prefetch(source, { ahead: 3 })[Symbol.asyncIterator]();
    expect(state.started).toBe(0);
    await iterator.next();
    await sleep(20);
    expect(state.started).toBe(4);
    await iterator.return();
    expect(state.started).toBe(4);
    expect(state.running).toBe(0);
  });

  test('ends at once for no items', async () => {
    expect(await collect(prefetch({ length: 0, produce: () => Promise.resolve(1) }, { ahead: 2 }))).toEqual([]);
  });

  test('throws at the item that failed, after those before it, and starts no more', async () => {
    const started: number[] = [];
    const source = {
      length: 20,
      async produce(index: number): Promise<number> {
        started.push(index);
        if (index === 3) throw new Error('item 3 is broken');
        await sleep(index === 2 ? 15 : 1);
        if (index === 4) throw new Error('so is item 4');
        return index;
      },
    };
    const seen: number[] = [];
    const run = async () => {
      for await (const item of prefetch(source, { ahead: 4 })) seen.push(item);
    };
    await expect(run()).rejects.toThrow('item 3 is broken');
    expect(seen).toEqual([0, 1, 2]);
    expect(Math.max(...started)).toBeLessThanOrEqual(4);
  });

  test('leaving early aborts what is under way and waits for it', async () => {
    let aborted = 0;
    let running = 0;
    const source = {
      length: 100,
      async produce(index: number, signal: AbortSignal): Promise<number> {
        running += 1;
        if (index > 1) {
          await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
          aborted += 1;
        }
        running -= 1;
        return index;
      },
    };
    for await (const item of prefetch(source, { ahead: 3 })) if (item === 1) break;
    expect({ aborted, running }).toEqual({ aborted: 3, running: 0 });
  });

  test('an error of the consumer stops the source too', async () => {
    const { state, source } = meter(50);
    const run = async () => {
      for await (const item of prefetch(source, { ahead: 2 })) if (item === 2) throw new Error('the step failed');
    };
    await expect(run()).rejects.toThrow('the step failed');
    expect(state.running).toBe(0);
    expect(state.started).toBeLessThanOrEqual(5);
  });

  test('takes from an async iterable one at a time, in order, and closes it', async () => {
    let closed = false;
    let waiting = 0;
    let most = 0;
    let count = 0;
    const iterable: AsyncIterable<number> = {
      [Symbol.asyncIterator]: () => ({
        async next() {
          most = Math.max(most, ++waiting);
          await sleep(1);
          waiting -= 1;
          return count < 5 ? { done: false, value: count++ } : { done: true, value: undefined };
        },
        return() {
          closed = true;
          return Promise.resolve({ done: true, value: undefined });
        },
      }),
    };
    expect(await collect(prefetch(iterable, { ahead: 3 }))).toEqual([0, 1, 2, 3, 4]);
    expect({ most, closed }).toEqual({ most: 1, closed: true });
  });

  test('an async iterable that fails throws after the items before', async () => {
    const failing = (async function* () {
      yield 1;
      await sleep(1);
      throw new Error('the source is broken');
    })();
    const seen: number[] = [];
    const run = async () => {
      for await (const item of prefetch(failing, { ahead: 4 })) seen.push(item);
    };
    await expect(run()).rejects.toThrow('the source is broken');
    expect(seen).toEqual([1]);
  });

  test('measures waiting and making', async () => {
    const slow = prefetch({ length: 4, produce: () => sleep(30, 1) }, { ahead: 1 });
    await collect(slow);
    expect(slow.waitedSeconds).toBeGreaterThan(0.06);
    expect(slow.producedSeconds).toBeGreaterThan(0.1);
    const hidden = prefetch({ length: 6, produce: () => sleep(30, 1) }, { ahead: 4 });
    for await (const _ of hidden) await sleep(40);
    expect(hidden.waitedSeconds).toBeLessThan(hidden.producedSeconds);
  });

  test('turns the event loop between items, so that finished reads are noticed while the consumer never waits', async () => {
    let turns = 0;
    let pending: NodeJS.Immediate;
    const count = (): void => {
      turns += 1;
      pending = setImmediate(count);
    };
    pending = setImmediate(count);
    const turnsAt: number[] = [];
    for await (const _ of prefetch({ length: 12, produce: (i) => Promise.resolve(i) }, { ahead: 4 }))
      turnsAt.push(turns);
    clearImmediate(pending);
    expect(new Set(turnsAt).size).toBe(12);
  });

  test.each([0, -1, 1.5, NaN])('refuses ahead=%d', (ahead) => {
    expect(() => prefetch({ length: 1, produce: () => Promise.resolve(1) }, { ahead })).toThrow(RangeError);
  });
});
