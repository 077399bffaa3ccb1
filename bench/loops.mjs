// One training step and one inference pass over samples that are prepared already, as repeatable functions.
import { scalar, tidy } from '@tensorflow/tfjs-core';
import { disposeBatch, inferenceContext } from '@tessera/core';
import { computeGradients, ParameterUpdater, updateRules } from '@tessera/training';

/** A training step with AdamW: collate, forward, backward, update, and reading the loss. */
export function trainer(workbench, model, samples) {
  const config = model.spec.training;
  const create = (kind) =>
    workbench.registry.get(kind, config[kind].type).create(config[kind].options, {}, { path: kind });
  const optimizer = create('optimizer');
  const parameters = model.parameters.list('weight');
  const updater = new ParameterUpdater({
    optimizer,
    schedule: create('schedule'),
    rules: updateRules(parameters, [], optimizer),
    totalSteps: 10_000,
    ...(config.clipNorm && { clipNorm: config.clipNorm }),
  });
  const spent = { prepare: 0, collate: 0, forward: 0, backward: 0, update: 0 };
  let steps = 0;
  const run = async () => {
    let last = performance.now();
    const lap = (stage) => {
      const now = performance.now();
      spent[stage] += now - last;
      last = now;
    };
    const prepared = await Promise.all(samples.map((sample) => model.prepare(sample, { augmentationSeed: steps })));
    lap('prepare');
    const batch = model.collate(prepared);
    lap('collate');
    const stepSeed = scalar(steps, 'int32');
    const step = computeGradients(model, batch, {
      stepSeed,
      trained: parameters,
      usesBatchStatistics: () => true,
      onForward: () => lap('forward'),
    });
    await step.losses.data();
    lap('backward');
    updater.apply(step.gradients, steps);
    for (const [buffer, value] of step.bufferUpdates) {
      buffer.value.assign(value);
      value.dispose();
    }
    for (const gradient of step.gradients.values()) gradient.dispose();
    step.losses.dispose();
    stepSeed.dispose();
    disposeBatch(batch);
    lap('update');
    steps += 1;
  };
  return {
    run,
    stages: () => Object.fromEntries(Object.entries(spent).map(([stage, ms]) => [stage, ms / steps])),
    dispose: () => updater.dispose(),
  };
}

/** A forward pass over samples prepared once, with the logits read back. */
export function inferenceLoop(model, samples) {
  let prepared;
  return async () => {
    prepared ??= await Promise.all(samples.map((sample) => model.prepare(sample)));
    const batch = model.collate(prepared);
    const logits = tidy(() => model.forward(batch, inferenceContext()).logits);
    for (const tensor of Object.values(logits)) {
      await tensor.data();
      tensor.dispose();
    }
    disposeBatch(batch);
  };
}
