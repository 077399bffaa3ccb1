import { relative } from 'node:path';
import { formatNumberOf } from '@tessera/reports';
import type { RunRecord } from '@tessera/training';
import type { CommandContext } from '../commandContext.js';
import type { Session } from '../session.js';
import { Progress } from '../terminal/progress.js';
import { InterruptedError, interruptible } from './interruption.js';
import type { JobRunner, TrainingJob } from './trainingJob.js';
import { foundOf, keyOf, type PlannedJob } from './trainingPlan.js';
import { TrainingView } from './trainingView.js';

/** How jobs are run. */
export interface RunJobsOptions {
  readonly runner: JobRunner;
  /** How many at a time. */
  readonly parallel: number;
  /** Threads that each of several computes with; 1 if left out. */
  readonly threads?: number;
  /** A line for each epoch. */
  readonly epochLines: boolean;
}

/**
 * Trains planned jobs, each after those it needs, several at a time; a job whose finished run may be used again is not
 * trained.
 * @throws InterruptedError when the user stopped it; else the first error, after the other jobs have saved and stopped
 */
export async function runJobs(
  context: CommandContext,
  session: Session,
  jobs: readonly PlannedJob[],
  { runner, parallel, threads = 1, epochLines }: RunJobsOptions,
): Promise<void> {
  const pending = await pendingJobs(context, session, jobs);
  const limit = Math.min(parallel, pending.length);
  if (limit > 1)
    context.terminal.note(`${limit} trainings at a time (--jobs), ${formatNumberOf(threads, 'thread')} each`);
  const progress = new Progress(context.terminal);
  const failure = new AbortController();
  try {
    await interruptible(context, progress, (userSignal) => {
      const signal = AbortSignal.any([userSignal, failure.signal]);
      const run = (job: PlannedJob): Promise<void> => runOne(job, { runner, epochLines, progress, signal });
      return schedule(pending, limit, { run, signal, onError: () => failure.abort() });
    });
  } finally {
    progress.close();
  }
}

/** The jobs that have to be trained, as new runs or from where they were stopped. */
async function pendingJobs(
  { terminal }: CommandContext,
  session: Session,
  jobs: readonly PlannedJob[],
): Promise<PlannedJob[]> {
  const pending: PlannedJob[] = [];
  const keys = new Set<string>();
  for (const job of jobs) {
    const isStale = job.needs.some((key) => keys.has(key));
    const found = !job.reuse || isStale ? 'other' : await foundOf(job, session);
    if (found === 'finished') {
      terminal.note(`${job.label}: finished run used again`);
      continue;
    }
    keys.add(keyOf(job));
    pending.push(!job.reuse ? job : found === 'begun' ? { ...job, resume: true } : { ...job, overwrite: true });
  }
  return pending;
}

async function runOne(
  job: TrainingJob,
  options: Omit<RunJobsOptions, 'parallel'> & { readonly progress: Progress; readonly signal: AbortSignal },
): Promise<void> {
  const view = new TrainingView(options.progress, job.label, options);
  let record: RunRecord | undefined;
  try {
    const result = await options.runner(job, { signal: options.signal, onEvent: (event) => view.show(event) });
    if (result.status === 'interrupted') throw new InterruptedError(savedMessage(job, result.record));
    record = result.record;
  } finally {
    view.finish(record);
  }
}

/** What an interrupted run left behind. */
function savedMessage({ label, to, resume }: TrainingJob, { checkpoints, history }: RunRecord): string {
  if (checkpoints.last === undefined) return `${label}: stopped before training began, nothing was changed.`;
  const epochs = `${history.length} whole epoch${history.length === 1 ? '' : 's'}`;
  return `${label}: interrupted${resume ? ' again' : ''} and saved in ${relative('', to) || '.'} after ${epochs}.`;
}

/** Runs each job when those it needs are done, at most `limit` at a time; the first error ends it once the rest ended. */
async function schedule(
  jobs: readonly PlannedJob[],
  limit: number,
  { run, signal, onError }: { run(job: PlannedJob): Promise<void>; signal: AbortSignal; onError(): void },
): Promise<void> {
  const waiting = new Map(jobs.map((job) => [keyOf(job), job]));
  const running = new Map<string, Promise<string>>();
  const errors: unknown[] = [];
  let isCut = false;
  const start = (key: string, job: PlannedJob): void => {
    waiting.delete(key);
    const ended = run(job).catch((error: unknown) => {
      errors.push(error);
      onError();
    });
    running.set(
      key,
      ended.then(() => key),
    );
  };
  while (waiting.size > 0 || running.size > 0) {
    if (errors.length > 0 || signal.aborted) {
      isCut ||= waiting.size > 0;
      waiting.clear();
    }
    for (const [key, job] of waiting) {
      const isReady = job.needs.every((need) => !waiting.has(need) && !running.has(need));
      if (isReady && running.size < limit) start(key, job);
    }
    if (running.size > 0) running.delete(await Promise.race(running.values()));
  }
  if (errors.length > 0) throw mostTelling(errors);
  if (isCut) throw new InterruptedError('interrupted.');
}

/** An error says more than the interruptions that it caused in other jobs. */
const mostTelling = (errors: readonly unknown[]): unknown =>
  errors.find((error) => !(error instanceof InterruptedError)) ?? errors[0];
