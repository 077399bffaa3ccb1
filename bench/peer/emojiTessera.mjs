// The emoji recipe in Tessera, for bench/peer.mjs: node emojiTessera.mjs MODEL EPOCHS. Prints the same JSON line as
// emoji_pytorch.py. Pictures are decoded while it trains, as in a real run.
import { fileURLToPath } from 'node:url';
import { createWorkbench } from 'tessera';
import { Trainer } from '@tessera/training';
import { loadSpecFile } from '@tessera/cli';
import { peakBytes } from '../measure.mjs';

const [name, count] = process.argv.slice(2);
const epochs = Number(count);
const { spec, folder } = await loadSpecFile(
  fileURLToPath(new URL(`../../examples/emoji/specs/${name}.yaml`, import.meta.url)),
);
const freeze = name === 'mmbt' ? { image: Math.round(0.15 * epochs) } : {};
const workbench = await createWorkbench();
const resolved = workbench.resolve({
  ...spec,
  initialize: {}, // pretrained values change no cost
  training: { ...spec.training, epochs, freeze },
});
const { splits } = await workbench.openData(resolved, folder);

/** Trains a fresh model for some epochs of a split; returns the seconds it took. */
async function run(training, numEpochs) {
  const model = await workbench.buildResolved(resolved, { baseFolder: folder, training: splits.train });
  const loop = new Trainer({ model, registry: workbench.registry, training });
  const startedAt = performance.now();
  for (let epoch = 0; epoch < numEpochs; epoch++) {
    await loop.runEpoch();
    loop.state = { ...loop.state, epoch: epoch + 1, batch: 0, lossSum: 0, lossSamples: 0 };
  }
  const seconds = (performance.now() - startedAt) / 1000;
  loop.dispose();
  model.dispose();
  return seconds;
}

const { train } = splits;
await run({ ...train, length: 64, sample: (i) => train.sample(i) }, 1); // warm-up
const seconds = await run(train, epochs);
const versions = `Node ${process.version}, ${workbench.backend.name}`;
console.log(JSON.stringify({ seconds, peakBytes: peakBytes(), versions }));
workbench.dispose();
