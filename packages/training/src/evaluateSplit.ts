import type { Model, Split, Workbench } from '@tessera/core';
import { epochOrder, prepareBatches } from '@tessera/data';
import { evaluate, type Evaluation } from './evaluate.js';

/** Evaluates a model on a split, in order, without augmentation. */
export function evaluateSplit(
  workbench: Workbench,
  model: Model,
  split: Split,
  onProgress?: (samples: number) => void,
): Promise<Evaluation> {
  const { batchSize, evaluationBatchSize, seed } = model.spec.training;
  const order = epochOrder(split, { seed, epoch: 0, shuffle: false });
  const batches = prepareBatches(model, split, order, { batchSize: evaluationBatchSize ?? batchSize, ahead: 4 });
  return evaluate(model, workbench.registry, batches, onProgress);
}
