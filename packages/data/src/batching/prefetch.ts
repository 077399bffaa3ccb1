import { setImmediate } from 'node:timers/promises';

/** Items that are made on request, any number at a time. */
export interface IndexedSource<T> {
  readonly length: number;
  /** Makes the item at an index; the signal is aborted when nobody wants it any more. */
  produce(index: number, signal: AbortSignal): Promise<T>;
}

/** Limits of {@link prefetch}. */
export interface PrefetchOptions {
  /** The most items in preparation or waiting to be taken, at least 1. */
  readonly ahead: number;
}

/**
 * Hands out a source's items in order while the next ones are being made, at most `ahead` of them. An item that fails
 * throws when its turn comes; leaving the loop early stops the source and waits for what is under way.
 * @throws RangeError when `ahead` is not a whole number of at least 1.
 */
export function prefetch<T>(source: AsyncIterable<T> | IndexedSource<T>, { ahead }: PrefetchOptions): Prefetch<T> {
  if (!Number.isInteger(ahead) || ahead < 1) {
    throw new RangeError(`prefetch: ahead must be a whole number of at least 1, got ahead=${ahead}. Use 4.`);
  }
  return new Prefetch(source, ahead);
}

/** Items made ahead of their use, and how long that took. See {@link prefetch}. */
export class Prefetch<T> implements AsyncIterable<T> {
  private waited = 0;
  private produced = 0;

  constructor(
    private readonly source: AsyncIterable<T> | IndexedSource<T>,
    private readonly ahead: number,
  ) {}

  /** Seconds that the consumer has waited for items. */
  get waitedSeconds(): number {
    return this.waited / 1000;
  }

  /** Seconds spent on making items, summed over items: those made at the same time count each. */
  get producedSeconds(): number {
    return this.produced / 1000;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    const production = new Production(this.source, this.ahead, (milliseconds) => (this.produced += milliseconds));
    try {
      for (;;) {
        const startedAt = performance.now();
        const item = await production.next();
        this.waited += performance.now() - startedAt;
        if (item.done === true) return;
        yield item.value;
      }
    } finally {
      await production.stop();
    }
  }
}

type Result<T> = IteratorResult<T, unknown>;

/** One pass over a source. */
class Production<T> {
  private readonly abort = new AbortController();
  private readonly puller: Puller<T>;
  private readonly queue: Promise<Result<T>>[] = [];
  /** No further item is started after the last one or one that failed; those before it are still wanted. */
  private ended = false;

  constructor(
    source: AsyncIterable<T> | IndexedSource<T>,
    private readonly ahead: number,
    private readonly onProduced: (milliseconds: number) => void,
  ) {
    this.puller = Symbol.asyncIterator in source ? sequentialPuller(source) : indexedPuller(source, this.abort.signal);
  }

  async next(): Promise<Result<T>> {
    this.fill();
    const [first] = this.queue;
    if (!first) return { done: true, value: undefined };
    const item = await first;
    void this.queue.shift();
    // A backend that computes on this thread never waits. Without this turn of the event loop no file that was read or
    // decoded meanwhile would be noticed before the queue is empty.
    await setImmediate();
    // A backend that computes on threads of its own should have this item before the next one is begun, which may take
    // this thread for a while.
    void setImmediate().then(() => this.fill());
    return item;
  }

  async stop(): Promise<void> {
    this.ended = true;
    this.abort.abort();
    await Promise.allSettled(this.queue);
    await this.puller.close();
  }

  private fill(): void {
    while (!this.ended && this.queue.length < this.ahead) {
      const item = this.make();
      // It is awaited when its turn comes, which may be after it failed.
      item.catch(() => undefined);
      this.queue.push(item);
    }
  }

  private async make(): Promise<Result<T>> {
    const startedAt = performance.now();
    try {
      const item = await this.puller.pull();
      if (item.done === true) this.ended = true;
      return item;
    } catch (error) {
      this.ended = true;
      throw error;
    } finally {
      this.onProduced(performance.now() - startedAt);
    }
  }
}

interface Puller<T> {
  pull(): Promise<Result<T>>;
  close(): Promise<void>;
}

/** Calls `next` once the item before is there: iterators other than generators need not queue calls. */
function sequentialPuller<T>(source: AsyncIterable<T>): Puller<T> {
  const iterator = source[Symbol.asyncIterator]();
  let last: Promise<unknown> = Promise.resolve();
  return {
    pull() {
      const item = last.then(() => iterator.next());
      last = item;
      return item;
    },
    async close() {
      await iterator.return?.();
    },
  };
}

function indexedPuller<T>(source: IndexedSource<T>, signal: AbortSignal): Puller<T> {
  let index = 0;
  return {
    async pull() {
      if (index >= source.length) return { done: true, value: undefined };
      return { done: false, value: await source.produce(index++, signal) };
    },
    close: () => Promise.resolve(),
  };
}
