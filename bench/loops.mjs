// One training step and one inference pass over samples that are prepared already, as repeatable functions.
import { disposeBatch } from '@tessera/core';
import { noTimes, ParameterUpdater, StageClock, stageOf, StepRunner, updateRules } from '@tessera/training';

/** A training step with AdamW as the trainer runs it: collate, the step, and reading the loss. */
export function trainer(workbench, model, samples) {
  const config = model.spec.training;
  const create = (kind) =>
    workbench.registry.get(kind, config[kind].type).create(config[kind].options, {}, { path: kind });
  const optimizer = create('optimizer');
  const updater = new ParameterUpdater({
    optimizer,
    schedule: create('schedule'),
    rules: updateRules(model.parameters.list('weight'), [], optimizer),
    totalSteps: 10_000,
    ...(config.clipNorm && { clipNorm: config.clipNorm }),
  });
  const runner = new StepRunner(model, updater, stageOf(model, 0));
  const spent = { prepare: 0, ...noTimes() };
  let steps = 0;
  const run = async () => {
    const clock = new StageClock(spent);
    const prepared = await Promise.all(samples.map((sample) => model.prepare(sample, { augmentationSeed: steps })));
    clock.lap('prepare');
    const batch = model.collate(prepared);
    clock.lap('collate');
    await runner.step({ batch, seed: steps, lossScale: 1 }, steps, clock);
    disposeBatch(batch);
    steps += 1;
  };
  return {
    run,
    stages: () =>
      Object.fromEntries(
        Object.entries(spent)
          .filter(([, seconds]) => seconds > 0)
          .map(([stage, seconds]) => [stage, (seconds * 1000) / steps]),
      ),
    dispose: () => {
      runner.dispose();
      updater.dispose();
    },
  };
}

/** A forward pass over samples prepared once, with the logits read back. */
export function inferenceLoop(model, samples) {
  let prepared;
  return async () => {
    prepared ??= await Promise.all(samples.map((sample) => model.prepare(sample)));
    await model.logits(prepared);
  };
}
