import { join, resolve } from 'node:path';
import { compareListings, listDataFiles, type DataListing } from '@tessera/data';
import { formatFigure } from '@tessera/reports';
import { BackendError, DataError, isTesseraError, type Dataset, type ResolvedSpec } from '@tessera/core';
import { isPacked, RunFolder, type OpenCheckpoint, type RunRecord } from '@tessera/training';
import type { CommandContext } from '../commandContext.js';
import { exitCodes } from '../failure.js';
import { openSession, type Session, type SpecFlags, type WorkbenchFlags } from '../session.js';
import { applyOverrides, parseOverride } from '../spec/overrides.js';
import { Progress } from '../terminal/progress.js';
import { renderTable } from '../terminal/table.js';
import type { Terminal } from '../terminal/terminal.js';
import { InterruptedError } from '../training/interruption.js';
import { runJobs } from '../training/runJobs.js';
import { trainHere } from '../training/trainHere.js';
import { UsageError } from '../usageError.js';
import { compareTrainings, errorsAllowed, shareAllowed, type Reproduction } from './reproduction.js';

/** Flags of `tessera reproduce`. */
export interface ReproduceFlags extends WorkbenchFlags, SpecFlags {
  readonly to?: string;
  /** Folder that the spec's relative paths start from. */
  readonly data?: string;
  readonly overwrite?: boolean;
  readonly json?: boolean;
}

/** Trains a run again and compares. */
export async function runReproduce(context: CommandContext, path: string, flags: ReproduceFlags): Promise<void> {
  const { terminal } = context;
  if (isPacked(path))
    throw new UsageError(
      `${path}: must be a run folder, got a packed run, which leaves out what its data was. Reproduce the run that it was packed from.`,
    );
  const run = new RunFolder(path);
  const record = run.read();
  requireFinished(run, record);
  const to = flags.to ?? `${path.replace(/[/\\]+$/, '')}-again`;
  if (resolve(to) === resolve(path))
    throw new UsageError('--to: must be another folder than the run, got the run itself.');
  new RunFolder(to).requireFree(flags.overwrite);
  const saved = run.open();
  saved.close();
  const session = await openAsRecorded(context, record, flags);
  try {
    const spec = session.workbench.resolve(
      await session.workbench.withSavedPlugins(saved, applyOverrides(saved.spec, dataOverrides(flags.set))),
    );
    const baseFolder = flags.data ?? record.baseFolder;
    const listing = await requireSameData(context, session, { run, record, spec, baseFolder });
    terminal.note(`backend ${session.backend.name}: ${session.backend.reason}`);
    const { assets } = saved;
    await trainAgain(context, session, { spec, to, baseFolder, assets, ...(listing && { listing }), ...flags });
    const reproduction = compareTrainings(run, new RunFolder(to));
    if (!reproduction.isReproduced) context.exitCode = exitCodes.failed;
    if (flags.json) terminal.printJson({ run: path, again: to, ...reproduction });
    else show(terminal, reproduction, to);
  } finally {
    session.workbench.dispose();
  }
}

function requireFinished({ path }: RunFolder, { status, history }: RunRecord): void {
  if (history.length === 0 && status === 'finished')
    throw new UsageError(
      `${path}: only a trained run can be reproduced, got one that grew: it was not trained since. Train it on first.`,
    );
  if (status === 'finished') return;
  const advice = status === 'failed' ? 'Train it anew.' : 'Go on with it first: tessera train SPEC --resume.';
  throw new UsageError(`${path}: only a finished run can be reproduced, got one that is ${status}. ${advice}`);
}

/** Throws UsageError for an override of anything but the data: another spec is another run. */
const dataOverrides = (set: readonly string[]) =>
  set.map(parseOverride).map((override) => {
    if (override.path[0] === 'data' && override.spec === undefined) return override;
    throw new UsageError(
      `--set: reproduce takes paths of the data alone, such as data.train=FILE, got "${override.text}". With other options it is another run: use tessera train.`,
    );
  });

/** Opens the backend of the run; where that is not to be had, the best that is. */
async function openAsRecorded(
  context: CommandContext,
  { versions }: RunRecord,
  flags: ReproduceFlags,
): Promise<Session> {
  const recorded = versions['backend'];
  const isAsked = flags.backend !== undefined || context.terminal.streams.env['TESSERA_BACKEND'] !== undefined;
  if (isAsked || recorded === undefined) return openSession(context, flags);
  const threads = recorded === 'native' && flags.threads === undefined ? Number(versions['threads']) : NaN;
  try {
    return await openSession(context, { ...flags, backend: recorded, ...(threads > 0 && { threads }) });
  } catch (error) {
    if (!(error instanceof BackendError)) throw error;
    context.terminal.note(`${context.terminal.noteStyle.yellow('warning:')} ${error.message}`);
    return openSession(context, { ...flags, backend: 'auto' });
  }
}

interface DataRequest {
  readonly run: RunFolder;
  readonly record: RunRecord;
  readonly spec: ResolvedSpec;
  readonly baseFolder: string;
}

/**
 * The hashes of the data's files, where the run recorded some.
 * @throws DataError when the data is not there any more, or is not that of the run
 */
async function requireSameData(
  context: CommandContext,
  session: Session,
  request: DataRequest,
): Promise<DataListing | undefined> {
  const { run, record } = request;
  const before = run.readListing();
  const dataset = await openData(session, request);
  if (!before) {
    context.terminal.note(`${run.path}: it was recorded without hashes of the data's files; only tables are compared.`);
    if (record.data.fingerprint === dataset.fingerprint) return undefined;
    throw changedError(run, 'its tables have another content');
  }
  const now = (await hashed(context, dataset, request.baseFolder)) ?? [];
  const { changed, missing, added } = compareListings(before, now);
  const faults = [named(changed, 'changed'), named(missing, 'missing'), named(added, 'new')].flat();
  if (faults.length > 0) throw changedError(run, faults.join('; '));
  return now;
}

async function openData({ workbench }: Session, { run, record, spec, baseFolder }: DataRequest): Promise<Dataset> {
  if (!spec.data) {
    throw new DataError(
      `${run.path}: the data must stand in the spec, got a run whose data came from a program. Train it again with that program.`,
    );
  }
  try {
    return await workbench.openData(spec, baseFolder);
  } catch (error) {
    if (!isTesseraError(error)) throw error;
    const place = `The run was trained with paths that start from ${record.baseFolder}; --data FOLDER names where its files are now.`;
    throw new DataError(`${error.message}\n${place}`, { cause: error });
  }
}

async function hashed(
  { terminal }: CommandContext,
  dataset: Dataset,
  baseFolder: string,
): Promise<DataListing | undefined> {
  const progress = new Progress(terminal);
  const bar = progress.bar('data');
  try {
    const onProgress = (done: number, total: number): void => bar.update(done, total, [{ text: 'comparing hashes' }]);
    return await listDataFiles(dataset, { baseFolder, onProgress });
  } finally {
    progress.close();
  }
}

/** `2 changed: a.png, b.png`, or nothing. */
const named = (paths: readonly string[], what: string): string[] =>
  paths.length === 0
    ? []
    : [`${paths.length} ${what}: ${paths.slice(0, 5).join(', ')}${paths.length > 5 ? ', …' : ''}`];

const changedError = ({ path }: RunFolder, what: string): DataError =>
  new DataError(
    `${path}: the data must be what the run was trained on, got other files than ${join(path, 'data.sha256')} lists (${what}). Put the former files back, or name them with --data FOLDER.`,
  );

async function trainAgain(
  context: CommandContext,
  session: Session,
  request: {
    spec: ResolvedSpec;
    to: string;
    baseFolder: string;
    assets: OpenCheckpoint['assets'];
    listing?: DataListing;
    overwrite?: boolean;
  },
): Promise<void> {
  const { overwrite = false, ...rest } = request;
  const job = { ...rest, label: rest.spec.name, overwrite, needs: [], reuse: false };
  try {
    await runJobs(context, session, [job], { runner: trainHere(session), parallel: 1, epochLines: true });
  } catch (error) {
    if (error instanceof InterruptedError)
      throw new InterruptedError(`${error.message}\nThe same command with --overwrite begins again.`);
    throw error;
  }
}

function show(terminal: Terminal, reproduction: Reproduction, to: string): void {
  const { style } = terminal;
  const right = ['run', 'again', 'difference', 'tolerance'].map((title) => ({ title, align: 'right' as const }));
  const rows = reproduction.figures.map(({ name, before, again, tolerance, isWithin }) => {
    const difference = before === null || again === null ? undefined : again - before;
    const verdict = !isWithin ? 'outside' : difference === undefined || difference === 0 ? 'equal' : 'within';
    return [name, formatFigure(before), formatFigure(again), small(difference), small(tolerance), verdict];
  });
  const { parameters, isExact, isReproduced } = reproduction;
  const verdict = parameters === 0 ? 'equal' : isExact ? 'outside' : '';
  const last = [
    'largest difference of a parameter',
    '',
    '',
    small(parameters ?? undefined),
    isExact ? '0' : '',
    verdict,
  ];
  terminal.print('', ...renderTable([{ title: 'figure' }, ...right, { title: '' }], [...rows, last], { style }));
  terminal.print('', ...explanation(reproduction).map((line) => style.dim(line)));
  const result = isReproduced ? style.green('Reproduced.') : style.red('Not reproduced.');
  terminal.print(result);
  terminal.note(`Second training: ${to}`);
}

/** A difference or tolerance: two digits are enough. */
const small = (value: number | undefined): string =>
  value === undefined ? '–' : value === 0 ? '0' : String(Number(value.toPrecision(2)));

const explanation = ({ isExact, differences }: Reproduction): string[] =>
  isExact
    ? ['Same backend, versions and machine: everything must be equal, bit by bit.']
    : [
        `Not everything is the same: ${differences.join('; ')}.`,
        `So figures may differ by ${errorsAllowed} standard errors, where none is known by ${100 * shareAllowed} % (of at least 1).`,
      ];
