// Training steps with AdamW as a training run does them, from raw pixels and texts; a step is what lies between the
// trainer's reports of two batches.
import { memoryDataset } from '@tessera/data';
import { countParameters, Trainer } from '@tessera/training';
import { openWorkbench, rawSamples, specOf } from './models.mjs';

export const measure = (job) => measureSteps(job, specOf(job, { fit: 'stretch' }), rawSamples(job));

/** Trains a spec on one batch of samples, again and again; milliseconds of each step after the warm-up. */
export async function measureSteps(job, spec, samples) {
  const { workbench, versions } = await openWorkbench(job);
  const steps = job.warmUp + job.repetitions;
  const { train } = memoryDataset({ train: Array.from({ length: steps }, () => samples).flat() }).splits;
  const model = await workbench.build(spec, { training: train });
  const reportedAt = [];
  const onEvent = ({ type }) => type === 'batch' && reportedAt.push(performance.now());
  const trainer = new Trainer({ model, registry: workbench.registry, training: train, onEvent });
  await trainer.runEpoch();
  const ms = reportedAt.slice(1).map((at, i) => at - reportedAt[i]);
  return { ms: ms.slice(job.warmUp - 1), numParameters: countParameters(model), versions };
}
