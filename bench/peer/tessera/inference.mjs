// A forward pass over samples prepared before: joining them, the pass, and reading the logits.
import { countParameters } from '@tessera/training';
import { timesOf } from '../../measure.mjs';
import { openWorkbench, rawSamples, specOf } from './models.mjs';

export async function measure(job) {
  const { workbench, versions } = await openWorkbench(job);
  const model = await workbench.build(specOf(job, { fit: 'stretch' }));
  const prepared = await Promise.all(rawSamples(job).map((sample) => model.prepare({ inputs: sample.inputs })));
  const ms = await timesOf(() => model.logits(prepared), job);
  return { ms, numParameters: countParameters(model), versions };
}
