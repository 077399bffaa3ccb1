import { SpecError, type EvaluationTable, type Model, type Preview, type Sample, type Split } from '@tessera/core';
import type { HeadEvaluation } from '@tessera/training';
import { clsAttention } from '../explanation/clsAttention.js';
import type { ExampleView } from './exampleCard.js';

/** Which samples to show. */
export interface ExampleOptions {
  /** How many, half of them wrong where there are enough. */
  readonly count?: number;
}

/**
 * Samples of an evaluated split as cards: the surest wrong predictions and, spread over the classes, right ones; with
 * [CLS] attention where the fusion has it.
 */
export async function exampleViews(
  model: Model,
  split: Split,
  head: string,
  evaluation: HeadEvaluation,
  { count = 12 }: ExampleOptions = {},
): Promise<ExampleView[]> {
  const byId = new Map(
    Array.from({ length: split.length }, (_, i) => split.sample(i)).map((sample) => [sample.id, sample]),
  );
  const chosen = chooseSamples(evaluation.table, count);
  const views: ExampleView[] = [];
  for (const row of chosen) {
    const sample = byId.get(evaluation.ids[row] ?? '');
    if (sample) views.push(await view(model, sample, head, evaluation, row));
  }
  return views;
}

async function view(
  model: Model,
  sample: Sample,
  head: string,
  { table }: HeadEvaluation,
  row: number,
): Promise<ExampleView> {
  const prepared = await model.prepare(sample);
  const attention = await clsAttention(model, prepared).catch((error: unknown) => {
    if (error instanceof SpecError) return undefined; // a fusion without attention
    throw error;
  });
  const width = table.labels.length;
  const scores = [...table.scores.subarray(row * width, (row + 1) * width)];
  const probabilities = scores
    .map((probability, i) => ({ label: table.labels[i] ?? String(i), probability }))
    .sort((a, b) => b.probability - a.probability)
    .slice(0, 4);
  const target = sample.targets[head];
  return {
    id: sample.id,
    truth: Array.isArray(target) ? target.join(', ') : String(target),
    predicted: predictedText(table, row),
    correct: isCorrect(table, row),
    probabilities,
    inputs: await Promise.all(
      [...model.encoders].flatMap(([modality, encoder]) => {
        const raw = sample.inputs[modality];
        if (raw === undefined) return [];
        const asText: Preview = { kind: 'text', text: typeof raw === 'string' ? raw : JSON.stringify(raw) };
        return [(encoder.preview?.(raw) ?? Promise.resolve(asText)).then((preview) => ({ modality, preview }))];
      }),
    ),
    ...(attention && { attention: attention.modalities }),
  };
}

const rowsEqual = (table: EvaluationTable, row: number): boolean => {
  const width = table.labels.length;
  for (let c = 0; c < width; c++) {
    if ((table.targets[row * width + c] ?? 0) > 0.5 !== (table.predictions[row * width + c] ?? 0) > 0.5) return false;
  }
  return true;
};

const isCorrect = (table: EvaluationTable, row: number): boolean =>
  table.targetKind === 'class-index' ? table.targets[row] === table.predictions[row] : rowsEqual(table, row);

function predictedText(table: EvaluationTable, row: number): string {
  const { labels, predictions, targetKind } = table;
  if (targetKind === 'class-index') return labels[predictions[row] ?? 0] ?? '';
  const values = labels.map((label, c) => ({ label, value: predictions[row * labels.length + c] ?? 0 }));
  if (targetKind === 'real') return values.map(({ label, value }) => `${label} ${value.toPrecision(3)}`).join(', ');
  return values.flatMap(({ label, value }) => (value > 0.5 ? [label] : [])).join(', ') || 'none';
}

/** Half wrong (the surest first), half right, each half going through the predicted outputs in turn. */
function chooseSamples(table: EvaluationTable, count: number): number[] {
  const rows = Array.from({ length: table.numSamples }, (_, row) => row);
  const width = table.labels.length;
  const sureness = (row: number): number => Math.max(...table.scores.subarray(row * width, (row + 1) * width));
  const inTurn = (candidates: number[], limit: number): number[] => {
    const byOutput = new Map<string, number[]>();
    for (const row of candidates.sort((a, b) => sureness(b) - sureness(a))) {
      const key = predictedText(table, row);
      byOutput.set(key, [...(byOutput.get(key) ?? []), row]);
    }
    const taken: number[] = [];
    for (let round = 0; taken.length < Math.min(limit, candidates.length); round++) {
      for (const queue of byOutput.values())
        if (queue[round] !== undefined && taken.length < limit) taken.push(queue[round] as number);
    }
    return taken;
  };
  const wrong = inTurn(
    rows.filter((row) => !isCorrect(table, row)),
    Math.floor(count / 2),
  );
  const right = inTurn(
    rows.filter((row) => isCorrect(table, row)),
    count - wrong.length,
  );
  return [...right, ...wrong];
}
