import type { EpochRecord } from './trainingState.js';

/** What a training run reports while it goes on. */
export type TrainingEvent =
  | { readonly type: 'checking'; readonly done: number; readonly total: number }
  /** Files of the data hashed so far, for the run's record. */
  | { readonly type: 'hashing'; readonly done: number; readonly total: number }
  | {
      readonly type: 'started';
      readonly name: string;
      readonly numParameters: number;
      readonly epochs: number;
      readonly updatesPerEpoch: number;
      readonly resumedFrom?: { readonly epoch: number; readonly batch: number };
    }
  | {
      readonly type: 'batch';
      /** From 1. */
      readonly epoch: number;
      readonly epochs: number;
      /** Samples of this epoch done, of `samplesPerEpoch`. */
      readonly samples: number;
      readonly samplesPerEpoch: number;
      /** Mean loss of this epoch so far. */
      readonly loss: number;
      readonly samplesPerSecond: number;
      /** Estimated seconds to the end of the run, evaluations left out. */
      readonly secondsLeft: number;
    }
  | { readonly type: 'epoch'; readonly record: EpochRecord; readonly improved: boolean; readonly metric: string }
  | { readonly type: 'saved'; readonly path: string }
  | { readonly type: 'stopped'; readonly reason: 'interrupted' | 'patience'; readonly epoch: number };

/** Seconds spent in each stage of training, and the share of time the trainer waited for data. */
export interface StageTimes {
  /** Waiting for prepared batches. */
  waiting: number;
  collate: number;
  forward: number;
  backward: number;
  update: number;
  /** Running what was captured as a graph, and waiting for the device. */
  graph: number;
  evaluate: number;
  save: number;
}

/** No time spent yet. */
export const noTimes = (): StageTimes => ({
  waiting: 0,
  collate: 0,
  forward: 0,
  backward: 0,
  update: 0,
  graph: 0,
  evaluate: 0,
  save: 0,
});
