// The command as a function: parses, runs, and turns whatever happens into an exit code. Commands import what they need
// when they run, so that `tessera --help` starts at once.
import { createProgram } from './program.js';
import type { CommandContext } from './commandContext.js';
import { exitCodes, reportFailure } from './failure.js';
import { Terminal, type Streams } from './terminal/terminal.js';

/** What a caller may replace. */
export interface MainOptions {
  /** The launcher's file, which `compare --jobs` starts further processes from; without it there are none. */
  readonly entry?: string;
  /** The process' own if left out. */
  readonly streams?: Partial<Streams>;
}

/** Runs the command line `argv` (without node and the script's name) and returns the exit code. */
export async function main(argv: readonly string[], options: MainOptions = {}): Promise<number> {
  const terminal = new Terminal({
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    signals: {
      on: (name, handler) => void process.on(name, handler),
      off: (name, handler) => void process.off(name, handler),
      exit: (code) => process.exit(code),
    },
    ...options.streams,
  });
  const context: CommandContext = {
    terminal,
    ...(options.entry !== undefined && { entry: options.entry }),
    exitCode: exitCodes.done,
  };
  endQuietlyOnClosedPipe(terminal.streams);
  try {
    await createProgram(context).parseAsync([...argv], { from: 'user' });
    return context.exitCode;
  } catch (error) {
    return reportFailure(error, terminal);
  }
}

/** `tessera … | head` closes the pipe early: nothing went wrong then. */
function endQuietlyOnClosedPipe({ stdout, stderr }: Streams): void {
  for (const stream of [stdout, stderr]) {
    if (stream.listenerCount('error') > 0) continue;
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(exitCodes.done);
      throw error;
    });
  }
}
