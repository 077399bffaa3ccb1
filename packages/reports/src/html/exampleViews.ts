import { SpecError, type Model, type Sample, type Split } from '@tessera/core';
import type { HeadEvaluation } from '@tessera/training';
import { chooseSamples } from '../evaluation/chooseSamples.js';
import { outcomeOf, outputOf } from '../evaluation/outcome.js';
import { sampleKeys } from '../evaluation/sampleKeys.js';
import type { ExplainedModel, ModalityAttention } from '../explanation/attentionPass.js';
import { clsAttention } from '../explanation/clsAttention.js';
import type { ExampleView } from './exampleCard.js';
import { inputViews } from './inputView.js';

/** Which samples to show. */
export interface ExampleOptions {
  /** How many; 12 if left out. */
  readonly count?: number;
}

/**
 * Samples of an evaluated split as cards, chosen by `chooseSamples`; with [CLS] attention where the fusion has it.
 * @param evaluation - of one head on the split
 */
export async function exampleViews(
  model: ExplainedModel & Pick<Model, 'prepare'>,
  split: Split,
  evaluation: HeadEvaluation,
  { count = 12 }: ExampleOptions = {},
): Promise<ExampleView[]> {
  const { table } = evaluation;
  const samples = Array.from({ length: split.length }, (_, i) => split.sample(i));
  const keys = sampleKeys(evaluation.ids);
  const byKey = new Map(sampleKeys(samples.map(({ id }) => id)).map((key, i) => [key, samples[i]]));
  const views: ExampleView[] = [];
  for (const row of chooseSamples(table, count)) {
    const sample = byKey.get(keys[row] ?? '');
    if (!sample) continue;
    const attention = await attentionOf(model, sample);
    const outcome = outcomeOf(outputOf(table, row));
    views.push({ id: sample.id, inputs: await inputViews(model, sample), outcome, ...(attention && { attention }) });
  }
  return views;
}

/** Undefined under a fusion without attention. */
async function attentionOf(
  model: ExplainedModel & Pick<Model, 'prepare'>,
  sample: Sample,
): Promise<readonly ModalityAttention[] | undefined> {
  const prepared = await model.prepare(sample);
  try {
    return (await clsAttention(model, prepared)).modalities;
  } catch (error) {
    if (error instanceof SpecError) return undefined;
    throw error;
  }
}
