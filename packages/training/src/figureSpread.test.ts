import { defineMetric, definePlugin, Registry, type EvaluationTable } from '@tessera/core';
import { z } from 'zod';
import { describe, expect, it } from 'vitest';
import { figureSpread } from './figureSpread.js';

/** A metric made of a function. */
const metric = (name: string, compute: (table: EvaluationTable) => number) =>
  defineMetric({
    name,
    summary: '',
    config: z.object({}),
    create: () => ({ targetKinds: ['class-index'] as const, greaterIsBetter: true, compute }),
  });

const share = ({ targets, predictions, numSamples }: EvaluationTable): number =>
  targets.filter((target, i) => target === predictions[i]).length / numSamples;
const registry = new Registry([
  definePlugin({
    name: 'metrics',
    components: [
      metric('accuracy', share),
      metric('top', ({ scores }) => Math.max(...scores)),
      metric('none', () => NaN),
    ],
  }),
]);

/** Of `count` samples of two classes every fourth is predicted wrong. */
function evaluationOf(count: number, names: readonly string[]) {
  const table: EvaluationTable = {
    targetKind: 'class-index',
    labels: ['a', 'b'],
    numSamples: count,
    logits: new Float32Array(2 * count),
    scores: new Float32Array(2 * count).fill(0.5),
    targets: new Int32Array(count),
    predictions: Int32Array.from({ length: count }, (_, i) => (i % 4 === 0 ? 1 : 0)),
  };
  const metrics = Object.fromEntries(names.map((name) => [name, 0]));
  return { numSamples: count, loss: 1, losses: {}, heads: { kind: { metrics, table, ids: [] } } };
}

describe('the spread of figures', () => {
  it('is close to the standard error of a share', () => {
    const { 'kind.accuracy': spread } = figureSpread(evaluationOf(400, ['accuracy']), registry);
    expect(spread).toBeGreaterThan(0.8 * Math.sqrt((0.75 * 0.25) / 400));
    expect(spread).toBeLessThan(1.2 * Math.sqrt((0.75 * 0.25) / 400));
  });

  it('is the same for the same evaluation, nothing where all samples are alike, and null where there is no figure', () => {
    const evaluation = evaluationOf(40, ['accuracy', 'top', 'none']);
    expect(figureSpread(evaluation, registry)).toEqual(figureSpread(evaluation, registry));
    expect(figureSpread(evaluation, registry)).toMatchObject({ 'kind.top': 0, 'kind.none': null });
  });

  it('is left out for a head without samples', () => {
    expect(figureSpread(evaluationOf(0, ['accuracy']), registry)).toEqual({});
  });
});
