import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { RunFolder, type RunRecord } from '@tessera/training';
import { formatDuration, formatNumberOf } from '@tessera/reports';
import type { CommandContext } from '../commandContext.js';
import {
  loadSpec,
  withSession,
  type LoadedSpec,
  type Session,
  type SpecFlags,
  type WorkbenchFlags,
} from '../session.js';
import { Progress } from '../terminal/progress.js';
import { InterruptedError } from '../training/interruption.js';
import { runJobs } from '../training/runJobs.js';
import { trainHere } from '../training/trainHere.js';
import { keyOf, TrainingPlan, type PlannedJob } from '../training/trainingPlan.js';
import { UsageError } from '../usageError.js';
import { figureTable } from './figures.js';
import { writeRunReport } from './runReport.js';
import { shellWord } from './shellWord.js';
import { differingKeys } from './differingKeys.js';

/** Flags of `tessera train`. */
export interface TrainFlags extends WorkbenchFlags, SpecFlags {
  readonly to?: string;
  readonly resume?: boolean;
  readonly overwrite?: boolean;
  readonly json?: boolean;
}

const reportFile = 'report.html';

/** Trains one spec. */
export async function runTrain(context: CommandContext, path: string, flags: TrainFlags): Promise<void> {
  const { terminal } = context;
  if (flags.resume && flags.overwrite)
    throw new UsageError('train: --resume goes on with a run and --overwrite replaces it, got both. Give one.');
  await withSession(context, flags, async (session) => {
    const loaded = await loadSpec(session.workbench, path, flags);
    const to = flags.to ?? join('runs', loaded.resolved.name);
    const off = loaded.resolved.training.compile === 'off' && session.backend.runner ? '; compile is off' : '';
    terminal.note(`backend ${session.backend.name}: ${session.backend.reason}${off}`);
    const record = flags.resume
      ? await resume(context, session, { loaded, to, path, flags })
      : await trainNew(context, session, { loaded, to, path, flags });
    show(context, { to, record, modalities: Object.keys(loaded.resolved.modalities) }, flags);
  });
}

interface Request {
  readonly loaded: LoadedSpec;
  readonly to: string;
  readonly path: string;
  readonly flags: TrainFlags;
}

async function trainNew(context: CommandContext, session: Session, request: Request): Promise<RunRecord> {
  const { loaded, to, flags } = request;
  new RunFolder(to).requireFree(flags.overwrite);
  const plan = new TrainingPlan(session, flags.set);
  const placement = {
    place: (name: string) => (name === loaded.resolved.name ? to : join(dirname(to), name)),
    sources: { reuse: true },
  };
  const job = await plan.add(loaded, placement, { reuse: false, overwrite: flags.overwrite === true });
  plan.requireUsedOverrides();
  const sources = plan.jobs.filter((other) => other !== job).map(({ label }) => label);
  if (sources.length > 0)
    context.terminal.note(`${job.label} starts from ${sources.join(', ')}: trained first, unless that was done.`);
  return run(context, session, plan.jobs, job, request);
}

async function resume(context: CommandContext, session: Session, request: Request): Promise<RunRecord> {
  const { loaded, to } = request;
  const folder = new RunFolder(to);
  const record = folder.read();
  const saved = folder.open('last');
  saved.close();
  const spec = session.workbench.resolve(saved.spec);
  noteDifferences(context, session, spec, loaded);
  if (record.status === 'finished') {
    context.terminal.note(
      `${to}: training was finished after ${formatNumberOf(record.history.length, 'epoch')}, nothing is left to do. ` +
        'For more epochs train anew with --overwrite or --to FOLDER.',
    );
    return record;
  }
  const job = { label: spec.name, spec, baseFolder: record.baseFolder, to, resume: true, needs: [], reuse: false };
  return run(context, session, [job], job, request);
}

/** A resumed run keeps its own spec; a user who changed the file or gave --set must hear of it. */
function noteDifferences(
  { terminal }: CommandContext,
  { workbench }: Session,
  saved: LoadedSpec['resolved'],
  { path, resolved }: LoadedSpec,
): void {
  const plain = (spec: LoadedSpec['resolved']): unknown => workbench.plainSpec({ ...spec, initialize: {} });
  const keys = differingKeys(plain(saved), plain(resolved));
  if (keys.length === 0) return;
  terminal.note(
    `${terminal.noteStyle.yellow('warning:')} the run goes on with its own spec; ${path} now differs in ${keys.join(', ')}.`,
  );
}

async function run(
  context: CommandContext,
  session: Session,
  jobs: readonly PlannedJob[],
  job: PlannedJob,
  request: Request,
): Promise<RunRecord> {
  try {
    await runJobs(context, session, jobs, { runner: trainHere(session), parallel: 1, epochLines: true });
  } catch (error) {
    if (error instanceof InterruptedError) throw new InterruptedError(`${error.message}\n${howToGoOn(request)}`);
    throw error;
  }
  const folder = new RunFolder(keyOf(job));
  await writeReport(context, session, folder);
  return folder.read();
}

/** The kept model is evaluated for it sample by sample, which may take a while. */
async function writeReport({ terminal }: CommandContext, session: Session, run: RunFolder): Promise<void> {
  const progress = new Progress(terminal);
  const bar = progress.bar('report');
  try {
    await writeRunReport(session, run, { file: reportFile, onProgress: (done, total) => bar.update(done, total) });
  } finally {
    progress.close();
  }
}

/** The command that goes on with what was interrupted. */
function howToGoOn({ path, to, flags }: Request): string {
  const hasRun = new RunFolder(to).exists;
  const words = [
    ...['tessera', 'train', path, '--to', to],
    ...flags.plugin.flatMap((plugin) => ['--plugin', plugin]),
    ...(flags.backend === undefined ? [] : ['--backend', flags.backend]),
    ...(hasRun ? ['--resume'] : flags.set.flatMap((set) => ['--set', set])),
  ];
  return `Go on with: ${words.map(shellWord).join(' ')}`;
}

function show(
  { terminal }: CommandContext,
  { to, record, modalities }: { to: string; record: RunRecord; modalities: readonly string[] },
  flags: TrainFlags,
): void {
  if (flags.json) return terminal.printJson({ run: to, ...record });
  terminal.note('', `Trained in ${formatDuration(record.seconds)}.`);
  if (record.test) terminal.print(...figureTable('test', record.test, terminal.style, record.testSpread));
  const inputs = modalities.map((name) => `--${name} …`).join(' ');
  terminal.note(
    '',
    `Run: ${to}`,
    ...(existsSync(join(to, reportFile)) ? [`Report: ${join(to, reportFile)}`] : []),
    `Next: tessera evaluate ${shellWord(to)}`,
    `      tessera predict ${shellWord(to)} ${inputs}`,
  );
}
