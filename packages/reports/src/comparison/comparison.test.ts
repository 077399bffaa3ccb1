import type { TargetKind } from '@tessera/core';
import { describe, expect, it } from 'vitest';
import { classTable, labelSetTable, valueTable } from '../../test/tables.js';
import { compareModels, sampleScores, spreadOf, type ComparedModel } from './comparison.js';
import { comparisonTable, leadSentence, runsTable } from './comparisonTable.js';

const repeat = (pattern: readonly number[], times: number): number[] =>
  Array.from({ length: times }, () => pattern).flat();

interface Options {
  readonly metric?: string;
  readonly kind?: TargetKind;
  readonly ids?: readonly string[];
}

const model = (
  name: string,
  scores: readonly number[],
  figures: readonly (number | null)[],
  { metric = 'kind.accuracy', kind = 'class-index', ids }: Options = {},
): ComparedModel => ({
  name,
  numParameters: 1234,
  runs: figures.map((figure, seed) => ({
    seed,
    folder: '',
    figures: { loss: 1, [metric]: figure },
    targetKinds: { kind },
    history: [],
    seconds: 65,
    ids: ids ?? scores.map((_, i) => `s${i}`),
    scores,
  })),
});

describe('compareModels', () => {
  const models = [
    model('a', repeat([1, 0], 30), [0.4, 0.6]),
    model('b', repeat([1, 1], 30), [1, 1]),
    model('c', repeat([0, 0], 30), [0, 0]),
  ];

  it('tests the reference against the best other', () => {
    const comparison = compareModels(models, 'kind.accuracy', { reference: 'a' });
    expect(comparison).toMatchObject({ reference: 'a', rival: 'b' });
    expect(comparison.lead?.difference).toBeCloseTo(-0.5, 10);
  });

  it('takes the best model as the reference when none is named', () => {
    expect(compareModels(models, 'kind.accuracy')).toMatchObject({ reference: 'b', rival: 'a' });
  });

  it('ranks by a figure of which less is better', () => {
    const comparison = compareModels(models, 'kind.accuracy', { lowerIsBetter: ['kind.accuracy'] });
    expect(comparison).toMatchObject({ reference: 'c', rival: 'a' });
  });

  it('puts a model without the figure last', () => {
    const comparison = compareModels([model('none', [1], [null]), ...models], 'kind.accuracy', { reference: 'b' });
    expect(comparison.rival).toBe('a');
  });

  it('pairs samples by id, whatever their order, and leaves out those that one model lacks', () => {
    const own = model('a', [1, 0, 1], [0.7], { ids: ['x', 'y', 'only-a'] });
    const other = model('b', [0, 1], [0.5], { ids: ['y', 'x'] });
    expect(compareModels([own, other], 'kind.accuracy').lead?.difference).toBe(0);
  });

  it('keeps samples apart that share an id', () => {
    const own = model('a', [1, 1, 0], [0.7], { ids: ['x', 'x', 'y'] });
    const other = model('b', [0, 1, 0], [0.5], { ids: ['x', 'x', 'y'] });
    expect(compareModels([own, other], 'kind.accuracy').lead?.difference).toBeCloseTo(1 / 3, 12);
  });

  it('compares one model with nothing', () => {
    const comparison = compareModels([model('a', [1], [1])], 'kind.accuracy');
    expect(comparison).toMatchObject({ reference: 'a' });
    expect(comparison.lead).toBeUndefined();
    expect(leadSentence(comparison)).toBe('One model: nothing to compare.');
  });
});

describe('spreadOf', () => {
  it('gives mean and sample deviation over seeds, 0 for one seed', () => {
    const spread = spreadOf(model('a', [1], [0.4, 0.6]), 'kind.accuracy');
    expect(spread.mean).toBeCloseTo(0.5, 12);
    expect(spread.deviation).toBeCloseTo(Math.SQRT2 / 10, 12);
    expect(spreadOf(model('a', [1], [0.4]), 'kind.accuracy').deviation).toBe(0);
  });
});

describe('sampleScores', () => {
  it('scores classes as right or wrong', () => {
    const pairs = [
      [0, 0],
      [1, 0],
    ] as const;
    expect(sampleScores(classTable(['a', 'b'], pairs))).toEqual([1, 0]);
  });

  it('scores label sets by the share of labels that are right', () => {
    expect(sampleScores(labelSetTable(['a', 'b'], [{ truth: [1, 0], scores: [0.9, 0.8] }]))).toEqual([0.5]);
  });

  it('scores values by minus their squared error, mean over the outputs', () => {
    expect(sampleScores(valueTable(['x', 'y'], [{ truth: [1, 2], predicted: [3, 2] }]))).toEqual([-2]);
  });
});

describe('comparisonTable', () => {
  it('shows shares in points of 100 with their deviation and marks the best of each column', () => {
    const table = comparisonTable(
      compareModels([model('a', [1], [0.4, 0.6]), model('b', [1], [0.3, 0.3])], 'kind.accuracy'),
    );
    expect(table.head).toEqual(['model', 'test accuracy', 'parameters', 'training']);
    expect(table.rows).toEqual([
      ['a', '50.0 ± 14.1', '1,234', '1 min 05 s'],
      ['b', '30.0 ± 0.0', '1,234', '1 min 05 s'],
    ]);
    expect(table.best.map((columns) => [...columns])).toEqual([[1], []]);
  });

  it('shows errors of real values as they are; the lowest is the best', () => {
    const options = { metric: 'kind.mean-squared-error', kind: 'real' } as const;
    const models = [model('a', [-0.25], [0.25], options), model('b', [-2], [2], options)];
    const comparison = compareModels(models, options.metric, { lowerIsBetter: [options.metric] });
    expect(comparisonTable(comparison).rows.map(([, figure]) => figure)).toEqual(['0.250', '2.000']);
    expect(comparisonTable(comparison).best.map((columns) => [...columns])).toEqual([[1], []]);
    expect(leadSentence(comparison)).toMatch(/^a leads b, the best other, by 1\.750 in mean squared error;/);
  });

  it('has a column for every figure that any model has, and a dash where one lacks it', () => {
    const models = [model('a', [1], [0.5]), model('b', [1], [0.25, null], { metric: 'kind.macro-f1' })];
    const { head, rows } = comparisonTable(compareModels(models, 'kind.accuracy'));
    expect(head.slice(1, 3)).toEqual(['test accuracy', 'test macro-f1']);
    expect(rows.map((row) => row.slice(1, 3))).toEqual([
      ['50.0', '–'],
      ['–', '–'],
    ]);
  });

  it('names the head of a figure where there are several heads', () => {
    const models = [model('a', [1], [0.5]), model('b', [1], [0.25], { metric: 'size.accuracy' })];
    expect(comparisonTable(compareModels(models, 'kind.accuracy')).head).toContain('test size.accuracy');
  });

  it('lists every run behind the means', () => {
    const { rows } = runsTable(compareModels([model('a', [1], [0.4, 0.6])], 'kind.accuracy'));
    expect(rows.map((row) => row.slice(0, 3))).toEqual([
      ['a', '0', '40.0'],
      ['a', '1', '60.0'],
    ]);
  });
});

describe('leadSentence', () => {
  it('says who leads whom, by how much and whether that is beyond chance', () => {
    const models = [model('a', repeat([1, 1], 40), [1]), model('b', repeat([1, 0], 40), [0.5])];
    const sentence = leadSentence(compareModels(models, 'kind.accuracy'));
    expect(sentence).toMatch(/^a leads b, the best other, by 50\.0 points of samples predicted right; 95 % interval/);
    expect(sentence).toContain(': beyond chance (paired bootstrap over test samples, 10,000 resamples)');
  });

  it('says so when the reference is behind', () => {
    const models = [model('a', repeat([1, 0], 40), [0.5]), model('b', repeat([1, 1], 40), [1])];
    expect(leadSentence(compareModels(models, 'kind.accuracy', { reference: 'a' }))).toMatch(
      /^a is behind b, the best other, by 50\.0 points/,
    );
  });
});
