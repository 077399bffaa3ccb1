/** One epoch's figures. */
export interface EpochRecord {
  /** From 1. */
  readonly epoch: number;
  /** Updates made so far. */
  readonly updates: number;
  /** Mean training loss of the epoch. */
  readonly trainLoss: number;
  /** Learning-rate factor of the epoch's last update. */
  readonly rateFactor: number;
  readonly seconds: number;
  /** Figures on the validation split: `loss` and `<head>.<metric>`; absent when it was not evaluated. */
  readonly validation?: Readonly<Record<string, number | null>>;
}

/** The best epoch so far. */
export interface BestEpoch {
  readonly epoch: number;
  readonly value: number;
}

/**
 * What a resumed run needs beside parameters and optimizer tensors. Order, augmentation and dropout derive from the seed
 * and these counters, so that they are the random state.
 */
export interface TrainingState {
  readonly format: 1;
  readonly seed: number;
  /** Epochs completed. */
  readonly epoch: number;
  /** Batches of the running epoch that are done. */
  readonly batch: number;
  /** Updates made in the whole run. */
  readonly updates: number;
  /** Sum of losses and number of samples of the running epoch, for its mean. */
  readonly lossSum: number;
  readonly lossSamples: number;
  /** Seconds spent training so far. */
  readonly seconds: number;
  readonly updateCounts: Readonly<Record<string, number>>;
  readonly schedule: Readonly<Record<string, number>>;
  readonly best?: BestEpoch;
  /** Evaluations since the best one. */
  readonly sinceBest: number;
  readonly history: readonly EpochRecord[];
}

/** The state before the first step. */
export const initialState = (seed: number): TrainingState => ({
  format: 1,
  seed,
  epoch: 0,
  batch: 0,
  updates: 0,
  lossSum: 0,
  lossSamples: 0,
  seconds: 0,
  updateCounts: {},
  schedule: {},
  sinceBest: 0,
  history: [],
});
