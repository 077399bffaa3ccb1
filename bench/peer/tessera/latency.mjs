// One raw sample at a time: a JPEG file and a text to probabilities. No file comes twice.
import { countParameters } from '@tessera/training';
import { openWorkbench, specOf } from './models.mjs';

export async function measure(job) {
  const { workbench, versions } = await openWorkbench(job);
  const model = await workbench.build(specOf(job));
  const ms = [];
  for (const image of job.pictures) {
    const startedAt = performance.now();
    await model.predict({ image, text: job.text });
    ms.push(performance.now() - startedAt);
  }
  return { ms: ms.slice(job.warmUp), numParameters: countParameters(model), versions };
}
