import type { AssetsByPath, Dataset, ResolvedSpec } from '@tessera/core';
import type { DataListing } from '@tessera/data';
import type { Evaluation } from './evaluate.js';
import type { StageTimes, TrainingEvent } from './events.js';
import type { RunRecord } from './runFolder.js';

/** What to train and where to put it. */
export interface TrainRequest {
  readonly spec: ResolvedSpec;
  /** Run folder. */
  readonly to: string;
  /** Folder that the spec's relative paths start from; the current one if left out. */
  readonly baseFolder?: string;
  /** The data; opened from the spec if left out. */
  readonly dataset?: Dataset;
  /** Vocabularies and labels at hand; learned from the training split if left out. */
  readonly assets?: AssetsByPath;
  /** Replaces a run that is there. */
  readonly overwrite?: boolean;
  /** Goes on with the run that is there, with its own spec. */
  readonly resume?: boolean;
  /** Checks every file and label before training and records the files' hashes; true if left out. */
  readonly check?: boolean;
  /** The data's files with their hashes, where they were hashed just now; hashed again if left out. */
  readonly listing?: DataListing;
  /** Saves and stops after the running update when it is aborted; before training begins, nothing is written. */
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: TrainingEvent) => void;
  /** Versions and backend to record. */
  readonly versions?: Readonly<Record<string, string>>;
}

/** A run that ended. */
export interface TrainResult {
  readonly status: 'finished' | 'interrupted';
  readonly record: RunRecord;
  readonly times: StageTimes;
  /** Figures on the test split of the model that the run keeps; absent without one, or when it was interrupted. */
  readonly test?: Evaluation;
}
