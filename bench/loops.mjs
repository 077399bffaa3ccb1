// Training as a training run does it, from raw samples, with a clock beside it.
import { memoryDataset } from '@tessera/data';
import { Trainer } from '@tessera/training';

/**
 * Trains on one batch of samples, again and again. A step is what lies between the trainer's reports of two batches.
 * Returns the milliseconds of each step after the warm-up, and by stage of a step the mean over these.
 */
export async function timeSteps(workbench, model, samples, { warmUp, repetitions }) {
  const rows = Array.from({ length: warmUp + repetitions }, () => samples).flat();
  const { train } = memoryDataset({ train: rows }).splits;
  const reports = []; // of each batch: when it was done, and the seconds of each stage until then
  const onEvent = ({ type }) => type === 'batch' && reports.push({ at: performance.now(), ...trainer.times });
  const trainer = new Trainer({ model, registry: workbench.registry, training: train, onEvent });
  await trainer.runEpoch();
  trainer.dispose();
  const counted = reports.slice(warmUp - 1);
  const [first, last] = [counted[0], counted.at(-1)];
  const stages = Object.keys(trainer.times)
    .map((stage) => [stage, (1000 * (last[stage] - first[stage])) / repetitions])
    .filter(([, ms]) => ms > 0);
  return { ms: counted.slice(1).map(({ at }, i) => at - counted[i].at), stages: Object.fromEntries(stages) };
}

/** Runs whole epochs; `afterEpoch` gets each one's number, from 0. */
export async function runEpochs(trainer, epochs, afterEpoch) {
  for (let epoch = 0; epoch < epochs; epoch++) {
    await trainer.runEpoch();
    trainer.nextEpoch();
    afterEpoch?.(epoch);
  }
}
