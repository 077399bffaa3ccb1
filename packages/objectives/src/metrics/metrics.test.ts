// scikit-learn's numbers are in test/parity/objectives.test.ts; here is what they do not show.
import type { EvaluationTable, Metric } from '@tessera/core';
import { describe, expect, it } from 'vitest';
import { topKAccuracy } from './accuracy.js';
import { classificationTable, f1Score } from './f1.js';
import { metricDefinitions } from './metricDefinitions.js';
import { rocAucScore } from './rankingScores.js';
import { r2Score } from './regressionErrors.js';
import type { PredictionTable, ScoreTable } from './tables.js';

const classTable = (targets: number[], predictions: number[], labels = ['a', 'b', 'c']): PredictionTable => ({
  targetKind: 'class-index',
  labels,
  numSamples: targets.length,
  targets,
  predictions,
});
const scoreTable = (targets: number[], scores: number[], labels: string[]): ScoreTable => ({
  targetKind: 'class-index',
  labels,
  numSamples: targets.length,
  targets,
  scores,
});
const realTable = (targets: number[], predictions: number[], labels = ['value']): PredictionTable => ({
  targetKind: 'real',
  labels,
  numSamples: targets.length / labels.length,
  targets,
  predictions,
});
const partOf = (definition: (typeof metricDefinitions)[number]): Metric =>
  definition.create({}, {} as never, { path: 'metric' } as never);

describe('every metric', () => {
  it.each(metricDefinitions.map((definition) => [definition.name, definition] as const))(
    '%s is NaN without samples',
    (_, definition) => {
      const metric = partOf(definition);
      for (const targetKind of metric.targetKinds) {
        const empty = new Float32Array(0);
        const table: EvaluationTable = {
          targetKind,
          labels: ['a', 'b', 'c'],
          numSamples: 0,
          logits: empty,
          scores: empty,
          targets: empty,
          predictions: empty,
        };
        expect(metric.compute(table)).toBeNaN();
      }
    },
  );

  it('says which direction is better', () => {
    const smaller = metricDefinitions
      .filter((definition) => !partOf(definition).greaterIsBetter)
      .map(({ name }) => name);
    expect(smaller).toEqual([
      'hamming-loss',
      'mean-squared-error',
      'mean-absolute-error',
      'median-rank',
      'median-rank-reverse',
    ]);
  });
});

describe('macro F1', () => {
  it('leaves out classes that never occur, unless asked to count them', () => {
    const table = classTable([0, 1], [0, 1]);
    expect(f1Score(table, { average: 'macro' })).toBe(1);
    expect(f1Score(table, { average: 'macro', classes: 'all' })).toBeCloseTo(2 / 3, 12);
  });
});

describe('classificationTable', () => {
  it('has precision, recall, F1 and support of each class', () => {
    expect(classificationTable(classTable([0, 0, 1], [0, 1, 1]))).toEqual([
      { label: 'a', precision: 1, recall: 0.5, f1: 2 / 3, support: 2 },
      { label: 'b', precision: 0.5, recall: 1, f1: 2 / 3, support: 1 },
      { label: 'c', precision: 0, recall: 0, f1: 0, support: 0 },
    ]);
  });
});

describe('topKAccuracy', () => {
  it('counts a class among the k highest scores, the later of equals first', () => {
    const table = scoreTable([0, 1, 2], [0.2, 0.3, 0.5, 0.4, 0.4, 0.2, 0.4, 0.2, 0.4], ['a', 'b', 'c']);
    expect(topKAccuracy(table, 1)).toBeCloseTo(2 / 3, 12);
    expect(topKAccuracy(table, 2)).toBeCloseTo(2 / 3, 12);
    expect(topKAccuracy(table, 3)).toBe(1);
  });
});

describe('ROC AUC of classes', () => {
  it('takes the second of two classes as the positive one', () => {
    expect(rocAucScore(scoreTable([0, 1, 1], [0.9, 0.1, 0.2, 0.8, 0.6, 0.4], ['no', 'yes']))).toBe(1);
  });

  it('is the mean of each class against the rest, undefined when a class is missing', () => {
    const scores = [0.7, 0.2, 0.1, 0.1, 0.8, 0.1, 0.5, 0.2, 0.3];
    expect(rocAucScore(scoreTable([0, 1, 2], scores, ['a', 'b', 'c']))).toBe(1);
    const missing = scoreTable([0, 1, 1], scores, ['a', 'b', 'c']);
    expect(rocAucScore(missing)).toBeNaN();
    expect(rocAucScore(missing, { average: 'macro', classes: 'occurring' })).toBeCloseTo(0.875, 12);
  });
});

describe('r2', () => {
  it('is a mean over values, 1 or 0 for a constant truth, undefined for one sample', () => {
    expect(r2Score(realTable([1, 2, 3], [1, 2, 3]))).toBe(1);
    expect(r2Score(realTable([1, 2, 3], [2, 2, 2]))).toBe(0);
    expect(r2Score(realTable([5, 5], [5, 5]))).toBe(1);
    expect(r2Score(realTable([5, 5], [5, 6]))).toBe(0);
    expect(r2Score(realTable([1, 5, 3, 5], [1, 5, 3, 5.5], ['x', 'y']))).toBe(0.5);
    expect(r2Score(realTable([1], [1]))).toBeNaN();
  });
});
