// The emoji recipe as examples/emoji has it. Pictures are decoded while it trains, as in a real run.
import { fileURLToPath } from 'node:url';
import { loadSpecFile } from '@tessera/cli';
import { countParameters, Trainer } from '@tessera/training';
import { runEpochs } from '../../loops.mjs';
import { openWorkbench } from './models.mjs';

export async function measure(job) {
  const { workbench, versions } = await openWorkbench(job);
  const image = await train(workbench, 'image-only', job.imageEpochs);
  const mmbt = await train(workbench, 'mmbt', job.mmbtEpochs);
  return { ms: [image.ms + mmbt.ms], numParameters: mmbt.numParameters, versions };
}

/** Trains one of the example's models after two epochs on a part of the data as warm-up. */
async function train(workbench, name, epochs) {
  const path = fileURLToPath(new URL(`../../../examples/emoji/specs/${name}.yaml`, import.meta.url));
  const { spec, folder } = await loadSpecFile(path);
  const freeze = name === 'mmbt' ? { image: Math.round(0.15 * epochs) } : {};
  const resolved = workbench.resolve({
    ...spec,
    initialize: {}, // pretrained values change no cost
    training: { ...spec.training, epochs, freeze },
  });
  const { splits } = await workbench.openData(resolved, folder);
  const part = { ...splits.train, length: 64, sample: (i) => splits.train.sample(i) };
  const create = () => workbench.buildResolved(resolved, { baseFolder: folder, training: splits.train });
  await timeEpochs(workbench, await create(), part, 2);
  return timeEpochs(workbench, await create(), splits.train, epochs);
}

async function timeEpochs(workbench, model, training, epochs) {
  const trainer = new Trainer({ model, registry: workbench.registry, training });
  const startedAt = performance.now();
  await runEpochs(trainer, epochs);
  const ms = performance.now() - startedAt;
  const numParameters = countParameters(model);
  trainer.dispose();
  model.dispose();
  return { ms, numParameters };
}
