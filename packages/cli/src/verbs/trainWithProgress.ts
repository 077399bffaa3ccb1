import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { ResolvedSpec } from '@tessera/core';
import { RunFolder, train, type EpochRecord, type TrainingEvent, type TrainResult } from '@tessera/training';
import type { CommandContext } from '../commandContext.js';
import { loadSpec, type Session } from '../session.js';
import { isSpecPath } from '../spec/specFile.js';
import { formatBytes, formatCount, formatDuration, formatFigure, formatRate } from '../terminal/format.js';
import { Progress } from '../terminal/progress.js';

/** One training. */
export interface TrainJob {
  readonly spec: ResolvedSpec;
  readonly baseFolder: string;
  readonly to: string;
  readonly overwrite?: boolean;
  readonly resume?: boolean;
}

/** Trains with a bar for the epoch that runs and a line for each that ended; Ctrl-C saves and stops. */
export async function trainWithProgress(
  context: CommandContext,
  session: Session,
  job: TrainJob,
): Promise<TrainResult> {
  const { terminal } = context;
  const progress = new Progress(terminal);
  const bar = progress.bar(job.spec.name);
  const abort = new AbortController();
  const interrupt = (): void => {
    if (abort.signal.aborted) process.exit(130);
    abort.abort();
    progress.log('stopping after this update … (Ctrl-C again ends at once, without saving)');
  };
  process.on('SIGINT', interrupt);
  try {
    return await train(session.workbench, {
      ...job,
      signal: abort.signal,
      versions: { backend: session.backend.name },
      onEvent: (event) => showEvent(event, job, progress, bar),
    });
  } finally {
    process.off('SIGINT', interrupt);
    progress.close();
  }
}

function showEvent(
  event: TrainingEvent,
  { spec }: TrainJob,
  progress: Progress,
  bar: ReturnType<Progress['bar']>,
): void {
  switch (event.type) {
    case 'checking':
      return bar.update(event.done, event.total, 'checking data');
    case 'started': {
      const resumed = event.resumedFrom ? `, going on in epoch ${event.resumedFrom.epoch + 1}` : '';
      return progress.log(
        `${event.name}: ${formatCount(event.numParameters)} parameters, ${event.epochs} epochs × ${event.updatesPerEpoch} updates${resumed}`,
      );
    }
    case 'batch':
      return bar.update(
        event.samples,
        event.samplesPerEpoch,
        `epoch ${event.epoch}/${event.epochs}  loss ${formatFigure(event.loss)}  ${formatRate(event.samplesPerSecond)}  ${formatDuration(event.secondsLeft)} left`,
      );
    case 'epoch':
      return progress.log(`  ${spec.name} epoch ${epochLine(event.record, event.metric, event.improved)}`);
    case 'stopped':
      return progress.log(
        event.reason === 'patience' ? '  stopped: no improvement within patience' : '  interrupted and saved',
      );
    case 'saved':
      return undefined;
  }
}

function epochLine({ epoch, trainLoss, validation, seconds }: EpochRecord, metric: string, improved: boolean): string {
  const figure = validation ? `  validation ${metric} ${formatFigure(validation[metric])}${improved ? ' *' : ''}` : '';
  return `${String(epoch).padStart(3)}  loss ${formatFigure(trainLoss)}${figure}  ${formatDuration(seconds)}`;
}

/** Where a spec's sources of initial parameters are trained, and with which options. */
export interface SourceOptions {
  /** Folder that holds the runs, each under its spec's name. */
  readonly runs: string;
  /** Puts the run of a source somewhere else: the comparison's own folder for a model and seed. */
  readonly place?: (name: string) => string;
  /** Changes the source's spec before it is trained, such as its seed. */
  readonly adapt?: (spec: ResolvedSpec) => ResolvedSpec;
  /** Overrides of the command line that name the source: `image-only:training.epochs=3`. */
  readonly set: readonly string[];
}

/**
 * `initialize` may name a spec instead of a run: that spec is trained first, unless its finished run is there.
 * @returns the spec with run folders in place of specs
 */
export async function trainSources(
  context: CommandContext,
  session: Session,
  spec: ResolvedSpec,
  folder: string,
  options: SourceOptions,
): Promise<ResolvedSpec> {
  const initialize: Record<string, string> = {};
  for (const [prefix, location] of Object.entries(spec.initialize)) {
    initialize[prefix] = isSpecPath(location)
      ? await trainSource(context, session, resolve(folder, location), options)
      : resolve(folder, location);
  }
  return { ...spec, initialize };
}

async function trainSource(
  context: CommandContext,
  session: Session,
  path: string,
  options: SourceOptions,
): Promise<string> {
  const loaded = await loadSpec(session.workbench, path, { set: options.set }, false);
  const adapted = options.adapt?.(loaded.resolved) ?? loaded.resolved;
  const spec = await trainSources(context, session, adapted, loaded.folder, options);
  const to = options.place?.(spec.name) ?? join(options.runs, spec.name);
  if (!isFinished(to, spec, session)) {
    context.terminal.note(`${spec.name} is trained first: it gives initial parameters.`);
    const job = { spec, baseFolder: loaded.folder, to, overwrite: true };
    const result = await trainWithProgress(context, session, job);
    if (result.status === 'interrupted') throw new InterruptedError(to);
  }
  return resolve(to);
}

/** A run that its user stopped. */
export class InterruptedError extends Error {
  readonly isUserError = true;

  constructor(readonly to: string) {
    super(`interrupted; saved in ${to}. Give the same command again to go on.`);
  }
}

/** Whether a folder holds a finished run of exactly this spec. */
export function isFinished(folder: string, spec: ResolvedSpec, { workbench }: Session): boolean {
  const run = new RunFolder(folder);
  if (!existsSync(folder) || !run.exists || run.read().status !== 'finished') return false;
  const saved = run.open();
  saved.close();
  const plain = (value: ResolvedSpec): string => JSON.stringify(workbench.plainSpec(value));
  return plain(workbench.resolve(saved.spec)) === plain(spec);
}

/** Memory of this process at its peak, for the end of a command. */
export const peakMemory = (): string => formatBytes(process.resourceUsage().maxRSS * 1024);
