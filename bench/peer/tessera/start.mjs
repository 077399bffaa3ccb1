// The first prediction of a saved MMBT; the line that the worker prints is what the parent's clock waits for.
import { countParameters } from '@tessera/training';
import { openWorkbench } from './models.mjs';

export async function measure(job) {
  const { workbench, versions } = await openWorkbench(job);
  const model = await workbench.load(`${job.saved}.tessera`);
  const { label } = await model.predict({ image: job.pictures[0], text: job.text });
  return { probabilities: label.probabilities, numParameters: countParameters(model), versions };
}
