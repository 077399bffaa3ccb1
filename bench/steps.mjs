// npm run bench [-- --backend NAME] [--small] [--steps N] [--json FILE]
// Times of a training step and of inference, time per stage, peak memory, tensors left over after many steps and the
// share of time the trainer waits for samples whose pictures are decoded anew; --small leaves out the BERT-base-sized model.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { memoryDataset } from '@tessera/data';
import { createWorkbench } from 'tessera';
import { decodingCheck, leakCheck } from './longRuns.mjs';
import { timeSteps } from './loops.mjs';
import { machine, megabytes, peakBytes, printTable, summaryOf, timesOf } from './measure.mjs';
import { emojiMmbt, largeMmbt, randomSamples } from './models.mjs';

const { values: options } = parseArgs({
  options: {
    backend: { type: 'string' },
    small: { type: 'boolean', default: false },
    steps: { type: 'string', default: '1000' },
    json: { type: 'string' },
  },
});

const workbench = await createWorkbench(options.backend ? { backend: options.backend } : {});
const about = `${machine()}, backend ${workbench.backend.name}`;
console.log(about, '\n');
const rows = [];

for (const spec of options.small ? [emojiMmbt] : [emojiMmbt, largeMmbt]) {
  const large = spec === largeMmbt;
  const samples = randomSamples(spec, spec.training.batchSize);
  const model = await workbench.build(spec, { training: memoryDataset({ train: samples }).splits.train });
  const counts = { warmUp: large ? 1 : 3, repetitions: large ? 3 : 15 };
  const training = await timeSteps(workbench, model, samples, counts);
  rows.push({
    work: `${spec.name}, batch ${samples.length}: training step`,
    ...summaryOf(training.ms),
    stages: training.stages,
    peakBytes: peakBytes(),
  });
  const prepared = await Promise.all(samples.map((sample) => model.prepare(sample)));
  const inference = await timesOf(() => model.logits(prepared), counts);
  rows.push({
    work: `${spec.name}, batch ${samples.length}: inference`,
    ...summaryOf(inference),
    peakBytes: peakBytes(),
  });
  model.dispose();
}

printTable([
  ['work', 'median ms', 'least', 'greatest', 'peak memory'],
  ...rows.map(({ work, median, least, greatest, peakBytes: peak }) => [
    work,
    median.toFixed(1),
    least.toFixed(1),
    greatest.toFixed(1),
    megabytes(peak),
  ]),
]);
for (const { work, stages } of rows.filter((row) => row.stages)) {
  console.log(`\nStages of ${work}, mean ms:`);
  printTable([Object.keys(stages), Object.values(stages).map((ms) => ms.toFixed(2))]);
}

const leak = await leakCheck(workbench, Number(options.steps));
console.log(
  `\nTensors after ${leak.steps} steps: ${leak.before} before, ${leak.after} after (${leak.after - leak.before} left over).`,
);
const decoding = await decodingCheck(workbench.backend.name);
console.log(
  `Pictures decoded anew in each epoch: the trainer waited for samples ${(100 * decoding.waitingShare).toFixed(1)} % of the time.`,
);
if (options.json) writeFileSync(options.json, JSON.stringify({ machine: about, rows, leak, decoding }, undefined, 1));
process.exitCode = leak.after > leak.before ? 1 : 0;
