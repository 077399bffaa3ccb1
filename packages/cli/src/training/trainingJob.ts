import type { AssetsByPath, ResolvedSpec } from '@tessera/core';
import type { DataListing } from '@tessera/data';
import type { RunRecord, TrainingEvent } from '@tessera/training';

/** One model to train. */
export interface TrainingJob {
  /** What the progress calls it. */
  readonly label: string;
  readonly spec: ResolvedSpec;
  readonly baseFolder: string;
  /** Run folder. */
  readonly to: string;
  /** Vocabularies and labels at hand; learned from the data if left out. */
  readonly assets?: AssetsByPath;
  /** The data's files with their hashes, where they were hashed just now. */
  readonly listing?: DataListing;
  readonly overwrite?: boolean;
  readonly resume?: boolean;
}

/** How a job ended. */
export interface JobResult {
  readonly status: 'finished' | 'interrupted';
  readonly record: RunRecord;
}

/** Trains one job, in this process or another. */
export type JobRunner = (
  job: TrainingJob,
  options: { readonly signal: AbortSignal; readonly onEvent: (event: TrainingEvent) => void },
) => Promise<JobResult>;
