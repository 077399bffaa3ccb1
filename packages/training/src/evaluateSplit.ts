import type { Model, PreparedSample, Split, Workbench } from '@tessera/core';
import { epochOrder, prepareBatches, type Prefetch } from '@tessera/data';
import { evaluate, type Evaluation } from './evaluate.js';

/** Evaluates a model on a split, in order, without augmentation. */
export function evaluateSplit(
  workbench: Workbench,
  model: Model,
  split: Split,
  onProgress?: (samples: number) => void,
): Promise<Evaluation> {
  return evaluate(model, workbench.registry, evaluationBatches(model, split), onProgress);
}

/** The batches of a split in order, without augmentation. */
export function evaluationBatches(model: Model, split: Split): Prefetch<readonly PreparedSample[]> {
  const { batchSize, evaluationBatchSize, seed } = model.spec.training;
  const order = epochOrder(split, { seed, epoch: 0, shuffle: false });
  return prepareBatches(model, split, order, { batchSize: evaluationBatchSize ?? batchSize, ahead: 4 });
}
