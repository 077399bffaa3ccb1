import { backendVersions } from '@tessera/backends';
import { train } from '@tessera/training';
import type { Session } from '../session.js';
import type { JobRunner } from './trainingJob.js';

/** Trains jobs in this process. */
export const trainHere =
  ({ workbench, backend }: Session): JobRunner =>
  (job, options) =>
    train(workbench, { ...job, ...options, versions: backendVersions(backend) });
