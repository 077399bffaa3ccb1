import type { EvaluationTable } from '@tessera/core';
import type { EpochRecord } from '@tessera/training';
import { pairedBootstrap, type PairedDifference } from './pairedBootstrap.js';

/** One finished run of a compared model. */
export interface ComparedRun {
  readonly seed: number;
  readonly folder: string;
  /** Figures on the test split: `loss` and `<head>.<metric>`. */
  readonly figures: Readonly<Record<string, number | null>>;
  readonly history: readonly EpochRecord[];
  readonly seconds: number;
  /** Ids and scores of the test samples of the first head, see {@link sampleScores}. */
  readonly ids: readonly string[];
  readonly scores: readonly number[];
}

/** A model and its runs over seeds. */
export interface ComparedModel {
  readonly name: string;
  readonly numParameters: number;
  readonly runs: readonly ComparedRun[];
}

/** Mean and standard deviation over seeds (n − 1; 0 for one seed). */
export interface Spread {
  readonly mean: number;
  readonly deviation: number;
}

/** A comparison of models on one test split. */
export interface Comparison {
  readonly models: readonly ComparedModel[];
  /** Name of the figure that ranks them. */
  readonly metric: string;
  /** The model whose lead is tested. */
  readonly reference: string;
  /** The best of the others. */
  readonly rival?: string;
  /** The reference's lead over the rival, paired over test samples. */
  readonly lead?: PairedDifference;
}

/** How well each sample was predicted: 1 or 0 for classes, share of labels right for label sets, minus squared error. */
export function sampleScores({ targetKind, targets, predictions, numSamples }: EvaluationTable): number[] {
  const width = numSamples ? targets.length / numSamples : 0;
  return Array.from({ length: numSamples }, (_, i) => {
    let sum = 0;
    for (let c = 0; c < width; c++) {
      const [target, predicted] = [targets[i * width + c] ?? 0, predictions[i * width + c] ?? 0];
      sum += targetKind === 'real' ? -((target - predicted) ** 2) : Number(target === predicted);
    }
    return sum / width;
  });
}

/** Mean and standard deviation of a figure over a model's runs. */
export function spreadOf(model: ComparedModel, figure: string): Spread {
  const values = model.runs.map(({ figures }) => figures[figure] ?? NaN);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0 };
}

/** Mean score of each sample over a model's seeds, by id. */
function scoresById({ runs }: ComparedModel): Map<string, number> {
  const scores = new Map<string, number>();
  for (const run of runs)
    run.ids.forEach((id, i) => scores.set(id, (scores.get(id) ?? 0) + (run.scores[i] ?? 0) / runs.length));
  return scores;
}

/**
 * Ranks models by a figure and tests the lead of one over the best other.
 * @param reference - name of the model whose lead is tested; the best one if left out
 */
export function compareModels(models: readonly ComparedModel[], metric: string, reference?: string): Comparison {
  const ranked = [...models].sort((a, b) => spreadOf(b, metric).mean - spreadOf(a, metric).mean);
  const chosen = ranked.find(({ name }) => name === reference) ?? ranked[0];
  const rival = ranked.find((model) => model !== chosen);
  if (!chosen || !rival) return { models, metric, reference: chosen?.name ?? '' };
  const [own, others] = [scoresById(chosen), scoresById(rival)];
  const shared = [...own.keys()].filter((id) => others.has(id));
  const pick = (scores: Map<string, number>): number[] => shared.map((id) => scores.get(id) ?? 0);
  const lead = shared.length ? pairedBootstrap(pick(own), pick(others)) : undefined;
  return { models, metric, reference: chosen.name, rival: rival.name, ...(lead && { lead }) };
}
