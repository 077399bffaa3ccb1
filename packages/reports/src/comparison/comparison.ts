import type { EvaluationTable, PublishedRow, TargetKind } from '@tessera/core';
import { retrievalRanks } from '@tessera/objectives';
import type { EpochRecord } from '@tessera/training';
import { sampleKeys } from '../evaluation/sampleKeys.js';
import { pairedBootstrap, type PairedDifference } from './pairedBootstrap.js';

/** One finished run of a compared model. */
export interface ComparedRun {
  readonly seed: number;
  readonly folder: string;
  /** Figures on the compared split: `loss` and `<head>.<metric>`. */
  readonly figures: Readonly<Record<string, number | null>>;
  /** What each head's targets are; the first head's samples are compared. */
  readonly targetKinds: Readonly<Record<string, TargetKind>>;
  readonly history: readonly EpochRecord[];
  /** Epoch with the best validation figure. */
  readonly bestEpoch?: number;
  readonly seconds: number;
  /** Ids and scores of the test samples of the first head, see {@link sampleScores}. */
  readonly ids: readonly string[];
  readonly scores: readonly number[];
}

/** A model and its runs over seeds. */
export interface ComparedModel {
  readonly name: string;
  readonly numParameters: number;
  /** The row of a paper's table that the model stands for. */
  readonly published?: PublishedRow;
  readonly runs: readonly ComparedRun[];
}

/** Mean and standard deviation over seeds (n − 1; 0 for one seed). */
export interface Spread {
  readonly mean: number;
  readonly deviation: number;
}

/** What is compared, and how. */
export interface ComparisonOptions {
  /** Name of the model whose lead is tested; the best one if left out. */
  readonly reference?: string;
  /** Figures of which less is better. */
  readonly lowerIsBetter?: readonly string[];
  /** The split that the figures are of; `test` if left out. */
  readonly split?: string;
}

/** A comparison of models on one test split. */
export interface Comparison {
  /** Name of that split: `test`, or a further one such as a hard test set. */
  readonly split: string;
  readonly models: readonly ComparedModel[];
  /** Name of the figure that ranks them. */
  readonly metric: string;
  readonly lowerIsBetter: readonly string[];
  /** The model whose lead is tested. */
  readonly reference: string;
  /** The best of the others. */
  readonly rival?: string;
  /** The reference's lead over the rival, paired over test samples. */
  readonly lead?: PairedDifference;
}

/**
 * How well each sample was predicted: 1 or 0 for classes, share of labels right for label sets, minus squared error, share
 * of the two directions in which a pair was found first.
 */
export function sampleScores(table: EvaluationTable): number[] {
  const { targetKind, targets, predictions, numSamples } = table;
  if (targetKind === 'pair') return pairScores(table);
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

const pairScores = (table: EvaluationTable): number[] => {
  const reverse = retrievalRanks(table, 'reverse');
  return retrievalRanks(table, 'forward').map((rank, i) => (Number(rank <= 1) + Number((reverse[i] ?? NaN) <= 1)) / 2);
};

/** Mean and standard deviation of a figure over a model's runs; NaN where a run lacks it. */
export function spreadOf(model: ComparedModel, figure: string): Spread {
  const values = model.runs.map(({ figures }) => figures[figure] ?? NaN);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0 };
}

/**
 * Ranks models by a figure and tests the lead of one over the best other.
 * @param metric - name of the figure
 */
export function compareModels(
  models: readonly ComparedModel[],
  metric: string,
  { reference, lowerIsBetter = [], split = 'test' }: ComparisonOptions = {},
): Comparison {
  const ranked = [...models].sort((a, b) => rankOf(b) - rankOf(a));
  const chosen = ranked.find(({ name }) => name === reference) ?? ranked[0];
  const rival = ranked.find((model) => model !== chosen);
  const lead = chosen && rival && leadOver(chosen, rival);
  return {
    split,
    models,
    metric,
    lowerIsBetter,
    reference: chosen?.name ?? '',
    ...(rival && { rival: rival.name }),
    ...(lead && { lead }),
  };

  /** The higher the better; a model without the figure comes last. */
  function rankOf(model: ComparedModel): number {
    const { mean } = spreadOf(model, metric);
    if (!Number.isFinite(mean)) return -Number.MAX_VALUE;
    return lowerIsBetter.includes(metric) ? -mean : mean;
  }
}

/** The lead over the samples that both were tested on. */
function leadOver(chosen: ComparedModel, rival: ComparedModel): PairedDifference | undefined {
  const [own, others] = [meanScores(chosen), meanScores(rival)];
  const shared = [...own.keys()].filter((key) => others.has(key));
  const pick = (scores: ReadonlyMap<string, number>): number[] => shared.map((key) => scores.get(key) ?? 0);
  return shared.length ? pairedBootstrap(pick(own), pick(others)) : undefined;
}

/** Mean score of each sample over a model's seeds. */
function meanScores({ runs }: ComparedModel): ReadonlyMap<string, number> {
  const means = new Map<string, number>();
  for (const { ids, scores } of runs) {
    for (const [i, key] of sampleKeys(ids).entries()) {
      means.set(key, (means.get(key) ?? 0) + (scores[i] ?? 0) / runs.length);
    }
  }
  return means;
}
