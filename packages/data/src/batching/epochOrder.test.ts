import type { Split } from '@tessera/core';
import { describe, expect, test } from 'vitest';
import { memoryDataset } from '../index.js';
import { epochOrder } from './epochOrder.js';

function splitOf(groups: readonly (string | undefined)[]): Split {
  const samples = groups.map((group, i) => ({ inputs: { text: String(i) }, ...(group !== undefined && { group }) }));
  return memoryDataset({ train: samples }).splits['train'] as Split;
}

const sorted = (order: readonly number[]) => [...order].sort((a, b) => a - b);
const plain = splitOf(Array.from({ length: 50 }, () => undefined));

describe('epochOrder', () => {
  test('takes every sample once, in an order that seed and epoch determine', () => {
    const first = epochOrder(plain, { seed: 1, epoch: 0 });
    expect(sorted(first)).toEqual(epochOrder(plain, { seed: 1, epoch: 0, shuffle: false }));
    expect(epochOrder(plain, { seed: 1, epoch: 0 })).toEqual(first);
    expect(epochOrder(plain, { seed: 1, epoch: 1 })).not.toEqual(first);
    expect(epochOrder(plain, { seed: 2, epoch: 0 })).not.toEqual(first);
    expect(first).not.toEqual(sorted(first));
  });

  test('keeps this order in every version, so that old runs resume as they went', () => {
    const five = splitOf(['a', 'a', undefined, undefined, 'b']);
    expect([0, 1, 2].map((epoch) => epochOrder(five, { seed: 1, epoch }))).toMatchInlineSnapshot(`
      [
        [
          1,
          3,
          2,
          4,
        ],
        [
          4,
          2,
          0,
          3,
        ],
        [
          2,
          4,
          1,
          3,
        ],
      ]
    `);
  });

  test('without shuffling gives all samples in order, groups or not', () => {
    expect(epochOrder(splitOf(['a', 'a', 'b']), { seed: 1, epoch: 3, shuffle: false })).toEqual([0, 1, 2]);
  });

  test('takes one sample of each group, and each of them once in as many epochs as the group has samples', () => {
    const split = splitOf(['a', 'b', 'a', undefined, 'a', 'b', 'a']);
    const members = { a: [0, 2, 4, 6], b: [1, 5], single: [3] };
    const epochs = Array.from({ length: 8 }, (_, epoch) => epochOrder(split, { seed: 7, epoch }));
    for (const order of epochs) {
      for (const group of Object.values(members)) expect(order.filter((i) => group.includes(i))).toHaveLength(1);
      expect(order).toHaveLength(3);
    }
    const drawn = (group: readonly number[], from: number) =>
      sorted(epochs.slice(from, from + group.length).flatMap((order) => order.filter((i) => group.includes(i))));
    expect(drawn(members.a, 0)).toEqual(members.a);
    expect(drawn(members.a, 4)).toEqual(members.a);
    for (const from of [0, 2, 4, 6]) expect(drawn(members.b, from)).toEqual(members.b);
  });

  test('draws each member of a group with equal chance', () => {
    const split = splitOf(Array.from({ length: 4000 }, (_, i) => `group ${i >> 2}`));
    const counts = [0, 0, 0, 0];
    for (const index of epochOrder(split, { seed: 3, epoch: 0 })) counts[index & 3] = (counts[index & 3] ?? 0) + 1;
    // Standard deviation of a count: sqrt(1000 · 1/4 · 3/4) = 13.7.
    for (const count of counts) expect(Math.abs(count - 250)).toBeLessThan(55);
  });

  test('orders 100,000 samples in groups', () => {
    const split = splitOf(Array.from({ length: 100_000 }, (_, i) => String(i >> 1)));
    expect(epochOrder(split, { seed: 1, epoch: 0 })).toHaveLength(50_000);
  });
});
