import { describe, expect, it } from 'vitest';
import { classTable, labelSetTable, valueTable } from '../../test/tables.js';
import { chooseSamples } from './chooseSamples.js';
import { classFigures, confusionCounts, topConfusions } from './classFigures.js';
import { outcomeOf, outputOf } from './outcome.js';
import { valueFigures } from './valueFigures.js';

// Three classes of which `bird` never occurs and is never predicted: 4 cats (3 found), 2 dogs (1 found).
const pets = classTable(
  ['cat', 'dog', 'bird'],
  [
    [0, 0],
    [0, 0],
    [0, 0],
    [0, 1],
    [1, 1],
    [1, 0],
  ],
);

describe('classFigures', () => {
  it('counts precision, recall and F1 of each class; undefined ones are NaN', () => {
    expect(classFigures(pets)).toEqual([
      { label: 'cat', precision: 3 / 4, recall: 3 / 4, f1: 3 / 4, samples: 4, predicted: 4 },
      { label: 'dog', precision: 1 / 2, recall: 1 / 2, f1: 1 / 2, samples: 2, predicted: 2 },
      { label: 'bird', precision: NaN, recall: NaN, f1: NaN, samples: 0, predicted: 0 },
    ]);
  });

  it('counts each label of a sample that has several', () => {
    const table = labelSetTable(
      ['red', 'green'],
      [
        { truth: [1, 1], scores: [0.9, 0.2] },
        { truth: [0, 1], scores: [0.8, 0.7] },
      ],
    );
    expect(classFigures(table)).toMatchObject([
      { label: 'red', precision: 1 / 2, recall: 1, samples: 1, predicted: 2 },
      { label: 'green', precision: 1, recall: 1 / 2, samples: 2, predicted: 1 },
    ]);
  });

  it('has none for real values', () => {
    expect(classFigures(valueTable(['x'], [{ truth: [1], predicted: [1] }]))).toEqual([]);
  });
});

describe('confusions', () => {
  it('counts true classes in rows and predicted ones in columns, an empty class too', () => {
    const lost = { ...pets, predictions: Int32Array.of(0, 0, 1, 1, 1, 1) };
    expect(confusionCounts(lost)).toEqual([
      [2, 2, 0],
      [0, 2, 0],
      [0, 0, 0],
    ]);
  });

  it('names the most frequent confusions; of equally frequent ones that with the larger share first', () => {
    expect(topConfusions(pets)).toEqual([
      { truth: 'dog', predicted: 'cat', count: 1, share: 1 / 2 },
      { truth: 'cat', predicted: 'dog', count: 1, share: 1 / 4 },
    ]);
    expect(topConfusions(pets, 1)).toHaveLength(1);
  });
});

describe('valueFigures', () => {
  it('gives the errors of each output', () => {
    const rows = [
      { truth: [0, 5], predicted: [1, 5] },
      { truth: [4, 5], predicted: [1, 6] },
    ];
    const [first, second] = valueFigures(valueTable(['x', 'y'], rows));
    expect(first).toMatchObject({ label: 'x', meanAbsoluteError: 2, r2: 1 - 5 / 4 });
    expect(first?.rootMeanSquaredError).toBeCloseTo(Math.sqrt(5), 12);
    expect(second?.r2).toBeNaN(); // all targets are equal
  });
});

describe('outcomeOf', () => {
  const classes = (row: number, limit?: number) => outcomeOf(outputOf(pets, row), limit);

  it('names prediction and truth of a class and lists the most likely first', () => {
    expect(classes(3)).toMatchObject({ predicted: 'dog', truth: 'cat', correct: false });
    expect(classes(3).probabilities.map(({ label }) => label)).toEqual(['dog', 'cat', 'bird']);
    expect(classes(0).correct).toBe(true);
  });

  it('lists a true label that is not among the most likely', () => {
    expect(classes(3, 1).probabilities).toMatchObject([
      { label: 'dog', isTrue: false },
      { label: 'cat', isTrue: true },
    ]);
  });

  it('names all labels of a set, and none', () => {
    const table = labelSetTable(
      ['red', 'green', 'blue'],
      [
        { truth: [1, 0, 1], scores: [0.9, 0.2, 0.6] },
        { truth: [0, 0, 1], scores: [0.1, 0.2, 0.3] },
      ],
    );
    expect(outcomeOf(outputOf(table, 0))).toMatchObject({ predicted: 'red, blue', truth: 'red, blue', correct: true });
    expect(outcomeOf(outputOf(table, 1))).toMatchObject({ predicted: 'none', truth: 'blue', correct: false });
  });

  it('gives values without probabilities and without a verdict', () => {
    const one = outcomeOf(outputOf(valueTable(['price'], [{ truth: [150], predicted: [149.5] }]), 0));
    expect(one).toEqual({ predicted: '149.5', truth: '150.0', probabilities: [] });
    const two = outcomeOf(outputOf(valueTable(['x', 'y'], [{ truth: [1, 2], predicted: [0.5, 2] }]), 0));
    expect(two).toMatchObject({ predicted: 'x 0.500, y 2.000', truth: 'x 1.000, y 2.000' });
  });

  it('leaves the truth open where it is not known', () => {
    const { targetKind, labels, scores, prediction } = outputOf(pets, 0);
    const outcome = outcomeOf({ targetKind, labels, scores, prediction });
    expect(outcome).not.toHaveProperty('truth');
    expect(outcome).not.toHaveProperty('correct');
    expect(outcome.probabilities[0]).not.toHaveProperty('isTrue');
  });
});

describe('chooseSamples', () => {
  it('shows half wrong ones behind the right ones, each half through the predicted labels in turn', () => {
    expect(chooseSamples(pets, 4)).toEqual([0, 4, 3, 5]);
  });

  it('fills up with wrong ones where right ones are few, and the other way round', () => {
    const pairs = [0, 1, 2, 3].map((i) => [0, Number(i > 0)] as const); // one right, three wrong
    expect(chooseSamples(classTable(['a', 'b'], pairs), 4)).toEqual([0, 1, 2, 3]);
    const right = [0, 1, 2, 3].map(() => [0, 0] as const);
    expect(chooseSamples(classTable(['a', 'b'], right), 3)).toEqual([0, 1, 2]);
  });

  it('takes the surest first', () => {
    const table = labelSetTable(
      ['a', 'b'],
      [
        { truth: [0, 0], scores: [0.6, 0.6] },
        { truth: [0, 0], scores: [0.99, 0.98] },
      ],
    );
    expect(chooseSamples(table, 1)).toEqual([1]);
  });

  it('goes from the smallest error to the largest for real values', () => {
    const rows = [4, 0, 2, 1, 3].map((error) => ({ truth: [1], predicted: [1 + error] }));
    expect(chooseSamples(valueTable(['x'], rows), 3)).toEqual([1, 2, 0]);
  });

  it('survives predictions that are no numbers and a table without samples', () => {
    const broken = classTable(
      ['a', 'b'],
      [
        [0, 0],
        [1, 0],
      ],
      NaN,
    );
    expect(chooseSamples(broken, 2).sort()).toEqual([0, 1]);
    expect(chooseSamples(classTable(['a', 'b'], []), 4)).toEqual([]);
  });
});
