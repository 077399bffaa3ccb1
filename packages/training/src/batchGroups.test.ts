import { describe, expect, it } from 'vitest';
import { BatchGroups } from './batchGroups.js';

/** The batches, from 0, of each update of an epoch, and what their losses are divided by. */
const updatesOf = (groups: BatchGroups, numBatches: number): [batches: number[], size: number][] => {
  const updates: [number[], number][] = [];
  let pending: number[] = [];
  for (let index = 0; index < numBatches; index++) {
    pending.push(index);
    if (!groups.complete(index + 1)) continue;
    updates.push([pending, groups.sizeAt(index)]);
    pending = [];
  }
  return updates;
};

describe('batches of an epoch', () => {
  it('make a last update of fewer where they leave a remainder', () => {
    expect(updatesOf(new BatchGroups(3, 7), 7)).toEqual([
      [[0, 1, 2], 3],
      [[3, 4, 5], 3],
      [[6], 1],
    ]);
  });

  it('are counted through the run with remainder: discard, and what the epoch’s end cuts off is lost', () => {
    const epoch = (number: number) => updatesOf(new BatchGroups(3, 7, 7 * number), 7);
    expect(epoch(0)).toEqual([
      [[0, 1, 2], 3],
      [[3, 4, 5], 3],
    ]);
    expect(epoch(1)).toEqual([
      [[0, 1], 3], // batch 6 of the epoch before was the third
      [[2, 3, 4], 3],
    ]);
  });

  it('may make no update in an epoch of few batches', () => {
    expect([0, 1, 2, 3].map((number) => updatesOf(new BatchGroups(4, 2, 2 * number), 2).length)).toEqual([0, 1, 0, 1]);
  });
});
