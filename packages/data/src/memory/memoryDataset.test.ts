import { DataError } from '@tessera/core';
import { describe, expect, test } from 'vitest';
import { describeData, memoryDataset } from '../index.js';

describe('memoryDataset', () => {
  test('completes samples and leaves out what is undefined or null', () => {
    const { splits } = memoryDataset({
      train: [
        { inputs: { text: 'a', image: undefined }, targets: { label: null } },
        { id: 'x', inputs: { text: 'b' }, group: 'g', alternatives: { text: ['c'] } },
      ],
    });
    expect(splits['train']?.sample(0)).toEqual({
      id: 'train:1',
      inputs: { text: 'a' },
      targets: {},
      origin: 'train, sample 1',
    });
    expect(splits['train']?.sample(1)).toMatchObject({ id: 'x', group: 'g', alternatives: { text: ['c'] } });
    expect(() => splits['train']?.sample(2)).toThrow(DataError);
  });

  test('refuses an empty split', () => {
    expect(() => memoryDataset({ train: [] })).toThrow(
      'memoryDataset: a split must hold at least one sample, got none in "train". Leave it out.',
    );
  });

  test('takes typed samples, and the compiler refuses others', () => {
    const dataset = memoryDataset<{ text: string }, { label: 'x' | 'y' }>({
      train: [{ inputs: { text: 'a' }, targets: { label: 'x' } }],
      // @ts-expect-error a label that there is not
      test: [{ inputs: { text: 'a' }, targets: { label: 'z' } }],
    });
    expect(describeData(dataset)).toEqual({
      fingerprint: '',
      splits: { train: { length: 1, origin: 'train' }, test: { length: 1, origin: 'test' } },
    });
  });
});
