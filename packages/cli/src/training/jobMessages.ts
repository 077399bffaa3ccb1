// What a command and the process that trains one of its jobs say to each other.
import type { TrainingEvent } from '@tessera/training';
import type { WorkbenchFlags } from '../session.js';
import type { JobResult, TrainingJob } from './trainingJob.js';

/** From the command to the process. */
export type ToWorker =
  | {
      readonly type: 'train';
      /** The spec as its file would hold it: what is resolved has functions. */
      readonly job: Omit<TrainingJob, 'spec'> & { readonly spec: unknown };
      readonly flags: WorkbenchFlags;
    }
  | { readonly type: 'stop' };

/** From the process to the command. */
export type FromWorker =
  | { readonly type: 'event'; readonly event: TrainingEvent }
  | { readonly type: 'note'; readonly line: string }
  | { readonly type: 'result'; readonly result: JobResult }
  | { readonly type: 'error'; readonly message: string; readonly stack: string; readonly isMistake: boolean };
