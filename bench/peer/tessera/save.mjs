// Saves the MMBT that start.mjs loads.
import { countParameters, saveCheckpoint } from '@tessera/training';
import { openWorkbench, specOf } from './models.mjs';

export async function measure(job) {
  const { workbench, versions } = await openWorkbench(job);
  const model = await workbench.build(specOf(job));
  await saveCheckpoint(`${job.saved}.tessera`, { model });
  return { ms: [], numParameters: countParameters(model), versions };
}
