// Training steps with AdamW as a training run does them, from raw pixels and texts.
import { countParameters } from '@tessera/training';
import { timeSteps } from '../../loops.mjs';
import { openWorkbench, rawSamples, specOf } from './models.mjs';

export const measure = (job) => measureSteps(job, specOf(job, { fit: 'stretch' }), rawSamples(job));

/** Trains a spec on one batch of samples, again and again; milliseconds of each step after the warm-up. */
export async function measureSteps(job, spec, samples) {
  const { workbench, versions } = await openWorkbench(job);
  const model = await workbench.build(spec);
  const { ms } = await timeSteps(workbench, model, samples, job);
  return { ms, numParameters: countParameters(model), versions };
}
