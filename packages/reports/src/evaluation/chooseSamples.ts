import type { EvaluationTable } from '@tessera/core';
import { isCorrect, outcomeOf, outputOf } from './outcome.js';

/**
 * Rows of an evaluation that are worth a look. Labels: half of them wrong where there are enough, the surest first, and
 * each half goes through the predicted labels in turn. Real values: evenly from the smallest error to the largest. Pairs: the first ones.
 */
export function chooseSamples(table: EvaluationTable, count: number): number[] {
  const rows = Array.from({ length: table.numSamples }, (_, row) => row);
  if (table.targetKind === 'pair') return rows.slice(0, count);
  if (table.targetKind === 'real')
    return spread(
      sorted(rows, (row) => -squaredError(table, row)),
      count,
    );
  const right = new Set(rows.filter((row) => isCorrect(outputOf(table, row))));
  const surest = (candidates: readonly number[]): number[] => sorted(candidates, (row) => sureness(table, row));
  const wrongOnes = surest(rows.filter((row) => !right.has(row)));
  const rightOnes = surest([...right]);
  const numWrong = Math.min(wrongOnes.length, Math.max(Math.floor(count / 2), count - rightOnes.length));
  const label = (row: number): string => outcomeOf(outputOf(table, row)).predicted;
  return [...inTurn(rightOnes, label, count - numWrong), ...inTurn(wrongOnes, label, numWrong)];
}

/** How `chooseSamples` chose, as a sentence for readers. */
export function choiceInWords({ targetKind }: EvaluationTable): string {
  if (targetKind === 'pair') return 'The first ones.';
  if (targetKind === 'real') return 'Chosen evenly from the smallest error to the largest.';
  return 'Chosen, not drawn: right ones first, then wrong ones, each from the surest on and through the predicted labels in turn. Their proportion says nothing of the accuracy.';
}

/** Mean probability of what was predicted, label by label. */
function sureness(table: EvaluationTable, row: number): number {
  const scores = Array.from(outputOf(table, row).scores);
  if (table.targetKind === 'class-index') return Math.max(...scores);
  return scores.reduce((sum, score) => sum + Math.max(score, 1 - score), 0) / scores.length;
}

function squaredError(table: EvaluationTable, row: number): number {
  const { prediction, target } = outputOf(table, row);
  return Array.from(prediction).reduce((sum, value, c) => sum + (value - (target[c] ?? 0)) ** 2, 0);
}

/** Largest key first; rows whose key is no number come last, equal ones stay in order. */
function sorted(rows: readonly number[], key: (row: number) => number): number[] {
  const keys = new Map(rows.map((row) => [row, key(row)]));
  const of = (row: number): number => {
    const value = keys.get(row) ?? NaN;
    return Number.isNaN(value) ? -Infinity : value;
  };
  return [...rows].sort((a, b) => (of(a) === of(b) ? a - b : of(b) - of(a)));
}

const spread = (rows: readonly number[], count: number): number[] => {
  if (rows.length <= count) return [...rows];
  return Array.from(
    { length: count },
    (_, i) => rows[Math.round((i * (rows.length - 1)) / Math.max(1, count - 1))] ?? 0,
  );
};

/** Takes from each label's rows in turn. */
function inTurn(rows: readonly number[], label: (row: number) => string, limit: number): number[] {
  const queues = new Map<string, number[]>();
  for (const row of rows) queues.set(label(row), [...(queues.get(label(row)) ?? []), row]);
  const taken: number[] = [];
  for (let round = 0; taken.length < Math.min(limit, rows.length); round++) {
    for (const queue of queues.values()) {
      const row = queue[round];
      if (row !== undefined && taken.length < limit) taken.push(row);
    }
  }
  return taken;
}
