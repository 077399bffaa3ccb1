import { dirname, join } from 'node:path';
import { RunFolder } from '@tessera/training';
import type { CommandContext } from '../commandContext.js';
import type { TrainFlags } from '../commands/train.js';
import { exitCodes } from '../exitCodes.js';
import { RunKeeper } from '../runs/runKeeper.js';
import { describeDifferences } from '../runs/specDifferences.js';
import { splitSizes } from '../runs/trainingView.js';
import { loadSpec, withSession, type LoadedSpec } from '../session.js';
import { formatCount, formatDuration, formatFigure } from '../terminal/format.js';
import type { Terminal } from '../terminal/terminal.js';
import { UsageError } from '../usageError.js';
import { figureTable } from './figures.js';

/** Trains one spec. */
export async function runTrain(context: CommandContext, path: string, flags: TrainFlags): Promise<void> {
  const { terminal } = context;
  await withSession(context, flags, async (session) => {
    const loaded = await loadSpec(session.workbench, path, flags);
    const run = new RunFolder(flags.to ?? join('runs', loaded.resolved.name));
    const keeper = new RunKeeper(context, session, {
      overwrite: flags.overwrite ? 'different' : 'none',
      set: flags.set,
      place: (name) => join(dirname(run.path), name),
    });
    if (flags.resume) requireSameSpec(keeper, run, loaded);
    else if (!flags.overwrite) run.requireFree();
    terminal.note(`backend ${session.backend.name}: ${session.backend.reason}`);
    const status = await train(terminal, keeper, loaded, { run, flags });
    const record = run.read();
    if (flags.json) terminal.printJson({ run: run.path, ...record });
    if (status === 'interrupted') {
      context.exitCode = exitCodes.interrupted;
      terminal.note('', `Saved. Go on with: tessera train ${path} --to ${run.path} --resume`);
      return;
    }
    if (!flags.json) showResult(terminal, run);
    showNextSteps(terminal, run, Object.keys(loaded.resolved.modalities));
  });
}

async function train(
  terminal: Terminal,
  keeper: RunKeeper,
  { resolved, folder }: LoadedSpec,
  { run, flags }: { readonly run: RunFolder; readonly flags: TrainFlags },
): Promise<'finished' | 'interrupted'> {
  const spec = flags.resume ? resolved : await keeper.withSources(resolved, folder);
  const baseFolder = flags.resume ? run.read().baseFolder : folder;
  const dataset = await keeper.datasets.open(spec, baseFolder);
  terminal.note(`data: ${splitSizes(dataset.splits)} rows`);
  const job = {
    spec,
    baseFolder,
    to: run.path,
    ...(flags.resume && { resume: true }),
    ...(flags.overwrite && { overwrite: true }),
  };
  return keeper.train(job, dataset);
}

/** A run goes on with the spec that it was started with: another one given is a mistake, not an option. */
function requireSameSpec(keeper: RunKeeper, run: RunFolder, { path, resolved }: LoadedSpec): void {
  const differences = keeper.specDifferences(run, resolved).filter((one) => !one.path.startsWith('initialize'));
  if (differences.length === 0) return;
  throw new UsageError(
    `--resume: ${run.path} goes on with the spec that it was started with, got another in ${path}: ${describeDifferences(differences)}. ` +
      'Leave the spec as it was, or train anew with --overwrite or another --to.',
  );
}

function showResult(terminal: Terminal, run: RunFolder): void {
  const { test, best, keep, metric, numParameters, seconds, history } = run.read();
  const kept =
    keep === 'best' && best ? `best epoch ${best.epoch} (${metric} ${formatFigure(best.value)})` : 'last epoch';
  terminal.print('');
  if (test) terminal.print(...figureTable('test', test, terminal.style), '');
  terminal.print(
    `${formatCount(numParameters)} parameters, ${history.length} epochs, trained in ${formatDuration(seconds)}, kept: ${kept}`,
  );
}

function showNextSteps(terminal: Terminal, { path }: RunFolder, modalities: readonly string[]): void {
  const inputs = modalities.map((name) => `--${name} …`).join(' ');
  terminal.note('', `Run: ${path}`, `Next: tessera evaluate ${path}`);
  terminal.note(`      tessera predict ${path} ${inputs}`, `      tessera explain ${path} ${inputs}`);
}
