// A fixture's trajectory by way of the trainer: order, batches prepared ahead, collation, accumulation, the captured step,
// the schedule, all as in a run of `tessera train`.
import type { Model, Registry, Sample, Split } from '@tessera/core';
import { Trainer } from '@tessera/training';

/** What the trainer goes through. */
export interface Trajectory {
  readonly model: Model;
  readonly registry: Registry;
  /** The samples of an epoch, from 0; as many in each, so that the order, drawn anew in each, does not matter to a batch of all. */
  readonly samplesOf: (epoch: number) => readonly Omit<Sample, 'id' | 'origin'>[];
  /** Called with the number of updates done, after each epoch. */
  readonly onEpoch?: (updates: number) => Promise<void>;
}

/** Trains as many epochs as the model's spec says; gives the mean loss of each. */
export async function trainByTrainer({ model, registry, samplesOf, onEpoch }: Trajectory): Promise<number[]> {
  let epoch = 0;
  const training: Split = {
    name: 'train',
    origin: 'fixture',
    length: samplesOf(0).length,
    sample: (index) => ({
      ...(samplesOf(epoch)[index] as Sample),
      id: String(index),
      origin: `epoch ${epoch + 1}, row ${index + 1}`,
    }),
  };
  const trainer = new Trainer({ model, registry, training });
  const losses: number[] = [];
  try {
    for (; epoch < model.spec.training.epochs; epoch++) {
      await trainer.runEpoch();
      const { state } = trainer;
      losses.push(state.lossSum / state.lossSamples);
      trainer.nextEpoch();
      await onEpoch?.(state.updates);
    }
  } finally {
    trainer.dispose();
  }
  return losses;
}
