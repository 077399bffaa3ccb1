import { describe, expect, it } from 'vitest';
import type { Split } from '../contracts/dataset.js';
import type { Head, TargetKind } from '../contracts/objective.js';
import { DataError } from '../errors.js';
import { countTargets, savedStatistics, targetStatisticsFile } from './targetStatistics.js';

const headOf = (targetKind: TargetKind): Head =>
  ({
    targetKind,
    numOutputs: 3,
    encodeTarget: (target: unknown) => {
      if (Array.isArray(target)) return target as number[];
      throw new DataError(`unknown label "${String(target)}".`);
    },
  }) as unknown as Head;

const splitOf = (targets: readonly unknown[]): Split => ({
  name: 'train',
  origin: 'train.jsonl',
  length: targets.length,
  sample: (i) => ({
    id: String(i),
    inputs: {},
    targets: targets[i] === undefined ? {} : { genre: targets[i] },
    origin: `train.jsonl, row ${i + 1}`,
  }),
});

describe('countTargets', () => {
  it('counts classes, and labels of their own, of the samples that have a label', () => {
    const classes = countTargets(headOf('class-index'), 'genre', splitOf([[2], undefined, [0], [2]]));
    expect(classes).toEqual({ numSamples: 3, counts: [1, 0, 2] });
    const labels = countTargets(
      headOf('multi-hot'),
      'genre',
      splitOf([
        [1, 0, 1],
        [0, 0, 0],
        [0, 0, 1],
      ]),
    );
    expect(labels).toEqual({ numSamples: 3, counts: [1, 0, 2] });
  });

  it('names the row of a label that the head does not take', () => {
    const count = (): unknown => countTargets(headOf('class-index'), 'genre', splitOf([[1], 'drame']));
    expect(count).toThrow(DataError);
    expect(count).toThrow('train.jsonl, row 2, genre: unknown label "drame".');
  });

  it('comes back from the assets of a saved model', () => {
    const statistics = { numSamples: 3, counts: [1, 0, 2] };
    expect(savedStatistics({ [targetStatisticsFile]: JSON.stringify(statistics) })).toEqual(statistics);
    expect(savedStatistics({ 'labels.json': '[]' })).toEqual({ numSamples: 0, counts: [] });
  });
});
