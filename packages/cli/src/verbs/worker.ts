import type { TrainingEvent } from '@tessera/training';
import type { CommandContext } from '../commandContext.js';
import { withSession, type WorkbenchFlags } from '../session.js';
import { UsageError } from '../usageError.js';
import type { FromWorker, ToWorker } from '../training/jobMessages.js';
import { trainHere } from '../training/trainHere.js';

type TrainMessage = Extract<ToWorker, { type: 'train' }>;

/** Milliseconds between two reports of a batch: a terminal shows no more. */
const reportInterval = 100;

/** Trains the one job that the process which started this one sends, and tells it what happens. */
export async function runWorker(context: CommandContext): Promise<void> {
  if (!process.send) throw new UsageError('worker: is started by `tessera compare --jobs`, not by hand.');
  const say = (message: FromWorker, said = (): void => undefined): void => {
    if (process.connected) process.send?.(message, said);
  };
  context.terminal.sendNotesTo((line) => say({ type: 'note', line }));
  // Ctrl-C reaches every process of the terminal; the one that started this one says when to stop.
  process.on('SIGINT', () => undefined);
  const abort = new AbortController();
  process.on('SIGTERM', () => abort.abort());
  process.on('disconnect', () => abort.abort());
  const { job, flags } = await new Promise<TrainMessage>((resolve) =>
    process.on('message', (message: ToWorker) => {
      if (message.type === 'train') resolve(message);
      else abort.abort();
    }),
  );
  // The channel is closed once the last message is out; nothing else keeps this process alive.
  say(await outcomeOf(context, job, { flags, signal: abort.signal, onEvent: throttled(say) }), () =>
    process.disconnect(),
  );
}

async function outcomeOf(
  context: CommandContext,
  job: TrainMessage['job'],
  { flags, ...options }: { flags: WorkbenchFlags; signal: AbortSignal; onEvent: (event: TrainingEvent) => void },
): Promise<FromWorker> {
  try {
    const { status, record } = await withSession(context, flags, async (session) => {
      const spec = session.workbench.resolve(await session.workbench.withPlugins(job.spec, job.baseFolder));
      return trainHere(session)({ ...job, spec }, options);
    });
    return { type: 'result', result: { status, record } };
  } catch (error) {
    const { message, stack = '', isUserError } = error as Error & { isUserError?: unknown };
    return { type: 'error', message, stack, isMistake: isUserError === true };
  }
}

/** Passes events on, but of batches only one in a while. */
function throttled(say: (message: FromWorker) => void): (event: TrainingEvent) => void {
  let saidAt = -Infinity;
  return (event) => {
    const time = performance.now();
    if (['batch', 'checking', 'hashing'].includes(event.type) && time - saidAt < reportInterval) return;
    saidAt = time;
    say({ type: 'event', event });
  };
}
