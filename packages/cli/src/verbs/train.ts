import { dirname, join } from 'node:path';
import type { CommandContext } from '../commandContext.js';
import type { TrainFlags } from '../commands/train.js';
import { exitCodes } from '../failure.js';
import { loadSpec, withSession } from '../session.js';
import { formatDuration } from '../terminal/format.js';
import { figureTable } from './figures.js';
import { trainSources, trainWithProgress } from './trainWithProgress.js';

/** Trains one spec. */
export async function runTrain(context: CommandContext, path: string, flags: TrainFlags): Promise<void> {
  const { terminal } = context;
  await withSession(context, flags, async (session) => {
    const loaded = await loadSpec(session.workbench, path, flags);
    const to = flags.to ?? join('runs', loaded.resolved.name);
    terminal.note(`backend ${session.backend.name}: ${session.backend.reason}`);
    const spec = flags.resume
      ? loaded.resolved
      : await trainSources(context, session, loaded.resolved, loaded.folder, { runs: dirname(to), set: flags.set });
    const result = await trainWithProgress(context, session, {
      spec,
      baseFolder: loaded.folder,
      to,
      ...(flags.resume && { resume: true }),
      ...(flags.overwrite && { overwrite: true }),
    });
    if (flags.json) terminal.printJson({ run: to, ...result.record });
    if (result.status === 'interrupted') {
      context.exitCode = exitCodes.interrupted;
      terminal.note(`Saved. Go on with: tessera train ${path}${flags.to ? ` --to ${flags.to}` : ''} --resume`);
      return;
    }
    terminal.note('', `Trained in ${formatDuration(result.record.seconds)}.`);
    if (!flags.json && result.record.test) terminal.print(...figureTable('test', result.record.test, terminal.style));
    terminal.note('', `Run: ${to}`, `Next: tessera evaluate ${to}`, `      tessera predict ${to} --help`);
  });
}
