import { availableParallelism } from 'node:os';

/**
 * Calls `action` for every item, a few at a time, and tells `onProgress` after each. After the first error no further
 * item begins, and the error is thrown when those in flight have ended, so that nothing writes behind the caller's back.
 */
export async function forEachConcurrently<T>(
  items: readonly T[],
  action: (item: T) => Promise<void>,
  onProgress?: (done: number, total: number) => void,
): Promise<void> {
  const queue = items.values();
  const errors: unknown[] = [];
  let done = 0;
  const work = async (): Promise<void> => {
    for (const item of queue) {
      if (errors.length > 0) return;
      try {
        await action(item);
        done += 1;
        onProgress?.(done, items.length);
      } catch (error) {
        errors.push(error);
      }
    }
  };
  // Decoding waits on the thread pool, so a few more than the cores keep it busy.
  await Promise.all(Array.from({ length: Math.min(16, 2 * availableParallelism() + 2) }, work));
  if (errors.length > 0) throw errors[0];
}
