// A forward pass over samples prepared before: joining them, the pass, and reading the logits.
import { countParameters } from '@tessera/training';
import { openWorkbench, rawSamples, specOf } from './models.mjs';

export async function measure(job) {
  const { workbench, versions } = await openWorkbench(job);
  const model = await workbench.build(specOf(job, { fit: 'stretch' }));
  const prepared = await Promise.all(rawSamples(job).map((sample) => model.prepare({ inputs: sample.inputs })));
  const ms = [];
  for (let i = 0; i < job.warmUp + job.repetitions; i++) {
    const startedAt = performance.now();
    await model.logits(prepared);
    ms.push(performance.now() - startedAt);
  }
  return { ms: ms.slice(job.warmUp), numParameters: countParameters(model), versions };
}
