import { DataError, type Dataset, type Split, type Workbench } from '@tessera/core';
import { requireGrownUnchanged } from './requireUnchanged.js';
import { RunFolder } from './runFolder.js';
import { TrainingRun } from './trainingRun.js';
import type { TrainRequest, TrainResult } from './trainRequest.js';

/**
 * Trains a model as its spec says and leaves a run folder.
 * @throws SpecError, DataError or CheckpointError for what can be checked before training; TrainingError when the loss
 * is not finite.
 */
export async function train(workbench: Workbench, request: TrainRequest): Promise<TrainResult> {
  const run = new RunFolder(request.to);
  const saved = request.resume ? run.open('last') : undefined;
  if (!saved) run.requireFree(request.overwrite);
  try {
    const baseFolder = request.resume ? run.read().baseFolder : (request.baseFolder ?? '.');
    const spec = saved ? workbench.resolve(saved.spec) : request.spec;
    const dataset = request.dataset ?? (await workbench.openData(spec, baseFolder));
    const training = requireSplit(dataset, 'train');
    const model = await workbench.buildResolved(spec, {
      baseFolder,
      training,
      ...(request.assets && { assets: request.assets }),
      ...(saved && { assets: saved.assets, source: saved.parameters }),
    });
    const trainingRun = new TrainingRun(workbench, request, run, dataset, training, model, baseFolder);
    try {
      if (saved) trainingRun.restore(saved);
      else await requireGrownUnchanged(workbench, model, baseFolder);
      return await trainingRun.run(saved !== undefined);
    } catch (error) {
      trainingRun.recordFailure();
      throw error;
    } finally {
      trainingRun.dispose();
    }
  } finally {
    saved?.close();
  }
}

const requireSplit = (dataset: Dataset, name: string): Split => {
  const split = dataset.splits[name];
  if (!split)
    throw new DataError(
      `data: training needs the split "${name}", got ${Object.keys(dataset.splits).join(', ') || 'none'}. Add it to data.`,
    );
  return split;
};
