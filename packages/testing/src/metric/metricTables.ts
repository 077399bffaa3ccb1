// Evaluations to try metrics on: n samples, C outputs.
import { RandomSource, type EvaluationTable, type TargetKind } from '@tessera/core';

const C = 7;
const n = 21;

/** Targets of n samples in which every class and label occurs and is missing. */
function targetsOf(kind: TargetKind): number[][] {
  const random = new RandomSource(`targets ${kind}`);
  return Array.from({ length: n }, (_, i) => {
    if (kind === 'class-index') return [i % C];
    if (kind === 'pair') return [i];
    if (kind === 'real') return Array.from({ length: C }, () => random.normal());
    return Array.from({ length: C }, (__, c) => Number(c === i % C || random.uniform() < 0.3));
  });
}

/** A table of predictions with these scores; class-index and multi-hot ones are probabilities. */
function tableOf(kind: TargetKind, targets: readonly number[][], scores: readonly number[][]): EvaluationTable {
  if (kind === 'pair') return pairTable(targets, scores);
  const isClass = kind === 'class-index';
  const predictions = scores.map((row) => {
    if (isClass) return [row.indexOf(Math.max(...row))];
    return kind === 'real' ? row : row.map((p) => Number(p > 0.5));
  });
  const numbers = (rows: readonly number[][]): Int32Array | Float32Array =>
    isClass ? Int32Array.from(rows.flat()) : Float32Array.from(rows.flat());
  return {
    targetKind: kind,
    labels: Array.from({ length: C }, (_, c) => `class ${c}`),
    numSamples: targets.length,
    logits: Float32Array.from(scores.flat(), (p) => (kind === 'real' ? p : Math.log(p / (1 - p)))),
    scores: Float32Array.from(scores.flat()),
    targets: numbers(targets),
    predictions: numbers(predictions),
  };
}

/** Embeddings of pairs on a circle: the second side stands with the first where it is right, opposite to it where not. */
function pairScores(target: number, rightness: number): number[] {
  const angle = (2 * Math.PI * target) / n;
  const other = angle + Math.PI * (1 - rightness);
  return [Math.cos(angle), Math.sin(angle), Math.cos(other), Math.sin(other)];
}

const pairTable = (targets: readonly number[][], scores: readonly number[][]): EvaluationTable => ({
  targetKind: 'pair',
  labels: ['first 1', 'first 2', 'second 1', 'second 2'],
  numSamples: targets.length,
  logits: Float32Array.from(scores.flat()),
  scores: Float32Array.from(scores.flat()),
  targets: Float64Array.from(targets.flat()),
  predictions: new Float64Array(0),
});

/** How near a score is to what is true: 1 for a sure right prediction, 0 for a sure wrong one. */
function scoresFor(kind: TargetKind, target: readonly number[], rightness: (c: number) => number): number[] {
  if (kind === 'pair') return pairScores(target[0] ?? 0, rightness(0));
  return Array.from({ length: C }, (_, c) => {
    const right = rightness(c);
    if (kind === 'real') return (target[c] ?? 0) + 10 * (1 - right);
    const isTrue = kind === 'class-index' ? c === target[0] : target[c] === 1;
    return 0.05 + 0.9 * (isTrue ? right : 1 - right) + c * 1e-3;
  });
}

/** Every prediction right. */
export const rightTable = (kind: TargetKind): EvaluationTable =>
  tableOf(
    kind,
    targetsOf(kind),
    targetsOf(kind).map((target) => scoresFor(kind, target, () => 1)),
  );

/** Every prediction wrong. */
export const wrongTable = (kind: TargetKind): EvaluationTable =>
  tableOf(
    kind,
    targetsOf(kind),
    targetsOf(kind).map((target) => scoresFor(kind, target, () => 0)),
  );

/** Predictions at random. */
export function randomTable(kind: TargetKind, seed: number): EvaluationTable {
  const random = new RandomSource(`scores ${seed}`);
  const scores = targetsOf(kind).map((target) => scoresFor(kind, target, () => random.uniform()));
  return tableOf(kind, targetsOf(kind), scores);
}

/** Tables on which a figure may be undefined: no samples, one, one class only, scores that are no numbers. */
export function poorTables(kind: TargetKind): readonly EvaluationTable[] {
  const targets = targetsOf(kind);
  const [first = []] = targets;
  const scores = scoresFor(kind, first, () => 1);
  const same = [first, first, first];
  return [
    tableOf(kind, [], []),
    tableOf(kind, [first], [scores]),
    tableOf(kind, same, [scores, scores, scores]),
    tableOf(kind, kind === 'class-index' || kind === 'pair' ? same : same.map((row) => row.map(() => 0)), [
      scores,
      scores,
      scores,
    ]),
    tableOf(
      kind,
      same,
      same.map(() => scores.map(() => Number.NaN)),
    ),
  ];
}

/** The same samples in another order. */
export function reordered(table: EvaluationTable): EvaluationTable {
  const order = new RandomSource('order').shuffled(Array.from({ length: table.numSamples }, (_, i) => i));
  const rows = <TArray extends EvaluationTable['targets']>(values: TArray): TArray => {
    const width = values.length / table.numSamples;
    return values.map((_, at) => values[(order[Math.floor(at / width)] ?? 0) * width + (at % width)] ?? 0) as TArray;
  };
  const { logits, scores, targets, predictions } = table;
  return {
    ...table,
    logits: rows(logits),
    scores: rows(scores),
    targets: rows(targets),
    predictions: rows(predictions),
  };
}
