import type { CommandContext } from '../commandContext.js';
import { exitCodes } from '../failure.js';
import type { Progress } from '../terminal/progress.js';

/** A command that its user stopped: no mistake, so that it ends with its own exit code. */
export class InterruptedError extends Error {
  readonly exitCode = exitCodes.interrupted;
}

/**
 * Runs work that the first Ctrl-C (or a batch system's SIGTERM) asks to save and stop; the second ends the process.
 * @param work - gets the signal that asks for the end
 */
export async function interruptible<T>(
  { terminal }: CommandContext,
  progress: Progress,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { signals } = terminal.streams;
  const abort = new AbortController();
  const interrupt = (): void => {
    if (abort.signal.aborted) {
      progress.close();
      terminal.note('ended at once, without saving');
      return signals.exit(exitCodes.interrupted);
    }
    abort.abort();
    progress.log('stopping after this update … (Ctrl-C again ends at once, without saving)');
  };
  signals.on('SIGINT', interrupt);
  signals.on('SIGTERM', interrupt);
  try {
    return await work(abort.signal);
  } finally {
    signals.off('SIGINT', interrupt);
    signals.off('SIGTERM', interrupt);
  }
}
