import { describe, expect, it } from 'vitest';
import { compareModels, sampleScores, spreadOf, type ComparedModel } from './comparison.js';
import { pairedBootstrap } from './pairedBootstrap.js';

const repeat = (pattern: readonly number[], times: number): number[] =>
  Array.from({ length: times }, () => pattern).flat();

const model = (name: string, scores: readonly number[], accuracies: readonly number[]): ComparedModel => ({
  name,
  numParameters: 1,
  runs: accuracies.map((accuracy, seed) => ({
    seed,
    folder: '',
    figures: { 'kind.accuracy': accuracy },
    targetKinds: { kind: 'class-index' },
    history: [],
    seconds: 1,
    ids: scores.map((_, i) => `s${i}`),
    scores,
  })),
});

describe('pairedBootstrap', () => {
  it('finds a clear lead beyond chance and a tie not', () => {
    const clear = pairedBootstrap(repeat([1, 1, 1, 0], 50), repeat([1, 0, 0, 0], 50));
    expect(clear.difference).toBeCloseTo(0.5, 10);
    expect(clear.beyondChance).toBe(true);
    // Standard error of the mean of 200 draws that are 1 half of the time: 0.0354; the interval is ± 1.96 of it.
    expect(clear.interval[0]).toBeCloseTo(0.5 - 1.96 * 0.0354, 1);
    expect(clear.interval[1]).toBeCloseTo(0.5 + 1.96 * 0.0354, 1);
    expect(pairedBootstrap(repeat([1, 0], 50), repeat([0, 1], 50)).beyondChance).toBe(false);
  });

  it('repeats for a seed and refuses unpaired samples', () => {
    const [a, b] = [repeat([1, 0, 1], 20), repeat([0, 0, 1], 20)];
    expect(pairedBootstrap(a, b, { seed: 3 })).toEqual(pairedBootstrap(a, b, { seed: 3 }));
    expect(() => pairedBootstrap([1], [1, 0])).toThrow(RangeError);
    expect(() => pairedBootstrap([], [])).toThrow(RangeError);
  });
});

describe('compareModels', () => {
  it('tests the reference against the best other and gives mean and deviation over seeds', () => {
    const models = [
      model('a', repeat([1, 0], 30), [0.4, 0.6]),
      model('b', repeat([1, 1], 30), [1, 1]),
      model('c', repeat([0, 0], 30), [0, 0]),
    ];
    const comparison = compareModels(models, 'kind.accuracy', { reference: 'a' });
    expect(comparison.rival).toBe('b');
    expect(comparison.lead?.difference).toBeCloseTo(-0.5, 10);
    expect(compareModels(models, 'kind.accuracy').reference).toBe('b');
    expect(spreadOf(models[0] as ComparedModel, 'kind.accuracy').mean).toBeCloseTo(0.5, 10);
    expect(spreadOf(models[0] as ComparedModel, 'kind.accuracy').deviation).toBeCloseTo(Math.SQRT2 / 10, 10);
  });

  it('scores classes, label sets and values by sample', () => {
    const base = { labels: ['a', 'b'], logits: new Float32Array(), scores: new Float32Array() };
    const classes = {
      ...base,
      targetKind: 'class-index' as const,
      numSamples: 2,
      targets: Int32Array.of(0, 1),
      predictions: Int32Array.of(0, 0),
    };
    expect(sampleScores(classes)).toEqual([1, 0]);
    const sets = {
      ...base,
      targetKind: 'multi-hot' as const,
      numSamples: 1,
      targets: Float32Array.of(1, 0),
      predictions: Float32Array.of(1, 1),
    };
    expect(sampleScores(sets)).toEqual([0.5]);
    const values = {
      ...base,
      targetKind: 'real' as const,
      numSamples: 1,
      targets: Float32Array.of(1),
      predictions: Float32Array.of(3),
    };
    expect(sampleScores(values)).toEqual([-4]);
  });
});
