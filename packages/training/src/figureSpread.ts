// n samples, C outputs.
import { RandomSource, type EvaluationTable, type Registry } from '@tessera/core';
import { metricOf, type Evaluation } from './evaluate.js';

const mostResamples = 200;
const leastResamples = 20;
/** Numbers that all resamples of a head may copy: large test sets get fewer resamples. */
const mostNumbers = 1e8;

/**
 * The standard error of each `<head>.<metric>` from the choice of samples: the standard deviation over bootstrap
 * resamples (Efron & Tibshirani 1993, ch. 6), always the same for the same evaluation. Null where a resample has no
 * figure. The loss has none, since it is known by batch only, nor do pairs, whose ranks depend on which others there are.
 */
export function figureSpread(evaluation: Evaluation, registry: Registry): Record<string, number | null> {
  const spread: Record<string, number | null> = {};
  for (const [head, { metrics, table }] of Object.entries(evaluation.heads)) {
    const names = Object.keys(metrics);
    if (table.numSamples === 0 || table.targetKind === 'pair') continue;
    const compute = names.map((name) => metricOf(registry, name));
    const values = names.map((): number[] => []);
    for (const rows of resamples(table)) {
      const resampled = tableOf(table, rows);
      compute.forEach((metric, i) => values[i]?.push(metric.compute(resampled)));
    }
    names.forEach((name, i) => (spread[`${head}.${name}`] = standardDeviation(values[i] ?? [])));
  }
  return spread;
}

/** Rows drawn with replacement, a list for each resample. */
function* resamples({ numSamples, labels }: EvaluationTable): Generator<Int32Array> {
  const affordable = Math.floor(mostNumbers / (numSamples * labels.length));
  const count = Math.min(mostResamples, Math.max(leastResamples, affordable));
  const random = new RandomSource(1);
  const rows = new Int32Array(numSamples);
  for (let i = 0; i < count; i++) yield rows.map(() => random.integer(numSamples));
}

/** The table of some rows, in their order. */
function tableOf(table: EvaluationTable, rows: Int32Array): EvaluationTable {
  const { numSamples, logits, scores, targets, predictions } = table;
  return {
    ...table,
    numSamples: rows.length,
    logits: gather(logits, rows, numSamples),
    scores: gather(scores, rows, numSamples),
    targets: gather(targets, rows, numSamples),
    predictions: gather(predictions, rows, numSamples),
  };
}

function gather<T extends EvaluationTable['targets']>(values: T, rows: Int32Array, numSamples: number): T {
  const width = values.length / numSamples;
  const gathered = emptyLike(values, rows.length * width);
  rows.forEach((row, i) => gathered.set(values.subarray(row * width, (row + 1) * width), i * width));
  return gathered;
}

function emptyLike<T extends EvaluationTable['targets']>(values: T, length: number): T {
  const Kind = values.constructor as new (length: number) => T;
  return new Kind(length);
}

/** Null where a value is no number. */
function standardDeviation(values: readonly number[]): number | null {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const deviation = Math.sqrt(squares / Math.max(1, values.length - 1));
  return Number.isFinite(deviation) ? deviation : null;
}
