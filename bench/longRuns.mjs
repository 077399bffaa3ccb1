// Whole epochs of the emoji MMBT: tensors left over after many steps, and what the trainer waits for when pictures are
// decoded anew in each epoch.
import { join } from 'node:path';
import { memory } from '@tensorflow/tfjs-core';
import { inversifyContainer } from '@tessera/core';
import { memoryDataset } from '@tessera/data';
import { Trainer } from '@tessera/training';
import { imageDecoder } from '@tessera/vision';
import { sharpDecoder } from '@tessera/vision/node';
import sharp from 'sharp';
import { createWorkbench } from 'tessera';
import { runEpochs } from './loops.mjs';
import { emojiMmbt, randomSamples } from './models.mjs';
import { temporaryFolder } from './temporaryFolder.mjs';

const numSamples = 512;

/** Trains on samples for some epochs; `afterEpoch` gets the trainer. */
async function trainEpochs(workbench, samples, epochs, afterEpoch) {
  const { train } = memoryDataset({ train: samples }).splits;
  const spec = { ...emojiMmbt, training: { ...emojiMmbt.training, epochs } };
  const model = await workbench.build(spec, { training: train });
  const trainer = new Trainer({ model, registry: workbench.registry, training: train });
  await runEpochs(trainer, epochs, (epoch) => afterEpoch(trainer, epoch));
  trainer.dispose();
  model.dispose();
}

/** Counts tensors after the first epoch, when the optimizer's slots are there, and after `steps` updates or more. */
export async function leakCheck(workbench, steps) {
  const epochs = Math.ceil(steps / (numSamples / emojiMmbt.training.batchSize)) + 1;
  const found = {};
  await trainEpochs(workbench, randomSamples(emojiMmbt, numSamples), epochs, ({ state }, epoch) => {
    if (epoch === 0) found.before = memory().numTensors;
    found.after = memory().numTensors;
    found.steps = state.updates;
  });
  return found;
}

/** Trains on 64×64 PNG files without a cache of pictures; the share of the time after the first epoch. */
export async function decodingCheck(backend) {
  const container = inversifyContainer();
  container.bind(imageDecoder, { factory: () => sharpDecoder({ cacheBytes: 0 }) });
  const workbench = await createWorkbench({ container, backend });
  try {
    const samples = await asFiles(randomSamples(emojiMmbt, numSamples), temporaryFolder());
    const epochEnds = [];
    await trainEpochs(workbench, samples, 5, ({ times }) =>
      epochEnds.push({ at: performance.now(), waiting: times.waiting }),
    );
    const [first, last] = [epochEnds[0], epochEnds.at(-1)];
    return { waitingShare: (1000 * (last.waiting - first.waiting)) / (last.at - first.at) };
  } finally {
    workbench.dispose();
  }
}

/** The same samples with their pictures in PNG files. */
const asFiles = (samples, folder) =>
  Promise.all(
    samples.map(async (sample, i) => {
      const { width, height, channels, data } = sample.inputs.image;
      const path = join(folder, `${i}.png`);
      await sharp(data, { raw: { width, height, channels } }).resize(64, 64).png().toFile(path);
      return { ...sample, inputs: { ...sample.inputs, image: path } };
    }),
  );
