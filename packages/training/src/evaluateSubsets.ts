import type { Model, PreparedSample, Split, Workbench } from '@tessera/core';
import { evaluationBatches } from './evaluateSplit.js';
import { Evaluator, type Evaluation } from './evaluate.js';
import { lackableModalities } from './modalityDropout.js';

/** How a model does on some of its modalities alone. */
export interface SubsetEvaluation {
  /** The modalities that it was shown, in declared order. */
  readonly modalities: readonly string[];
  /** Over the samples that have all of them. */
  readonly evaluation: Evaluation;
}

/** A split's evaluation, and what it is for each subset of the modalities. */
export interface EvaluationBySubset {
  readonly evaluation: Evaluation;
  /** The largest subsets first; those that no sample has whole are left out. */
  readonly subsets: readonly SubsetEvaluation[];
}

/**
 * Evaluates a model on a split as it is, and for every subset of its modalities on the samples that have all of the
 * subset, of which the model is shown nothing else. Each sample is prepared once.
 */
export async function evaluateSubsets(
  workbench: Workbench,
  model: Model,
  split: Split,
  onProgress?: (samples: number) => void,
): Promise<EvaluationBySubset> {
  const names = [...model.encoders.keys()];
  const whole = new Evaluator(model);
  // Where no sample lacks a modality, all of them are the split as it is.
  const isComplete = lackableModalities(names, split, {}).size === 0;
  const restricted = modalitySubsets(names)
    .filter((subset) => !(isComplete && subset.length === names.length))
    .map((modalities) => ({ modalities, evaluator: new Evaluator(model) }));
  for await (const samples of evaluationBatches(model, split)) {
    await whole.add(samples);
    for (const { modalities, evaluator } of restricted) await evaluator.add(showing(modalities, samples));
    onProgress?.(whole.numSamples);
  }
  const evaluation = whole.finish(workbench.registry);
  const subsets = restricted
    .filter(({ evaluator }) => evaluator.numSamples > 0)
    .map(({ modalities, evaluator }) => ({ modalities, evaluation: evaluator.finish(workbench.registry) }));
  return { evaluation, subsets: isComplete ? [{ modalities: names, evaluation }, ...subsets] : subsets };
}

/** The samples that have all of some modalities, and nothing else of them. */
const showing = (modalities: readonly string[], samples: readonly PreparedSample[]): PreparedSample[] =>
  samples
    .filter(({ inputs }) => modalities.every((modality) => inputs[modality] !== undefined))
    .map((sample) => ({
      ...sample,
      inputs: Object.fromEntries(modalities.map((modality) => [modality, sample.inputs[modality]])),
    }));

/** Every subset that is not empty, the largest first, then in declared order. */
export function modalitySubsets(names: readonly string[]): string[][] {
  const subsets = names.reduceRight<string[][]>(
    (later, name) => [...later.map((subset) => [name, ...subset]), ...later],
    [[]],
  );
  return subsets.filter((subset) => subset.length > 0).sort((a, b) => b.length - a.length);
}
