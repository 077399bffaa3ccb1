// The `tessera` command in this process: arguments in, exit code and everything printed out.
import { EventEmitter } from 'node:events';
import { Readable, Writable } from 'node:stream';
import { main, type OutputStream } from '@tessera/cli';

/** What a test may give a command beside its arguments. */
export interface RunOptions {
  readonly stdin?: string;
  /** Makes standard output and error a terminal of this width. */
  readonly columns?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Called after each thing that is printed on the standard error, with `interrupt` as Ctrl-C. */
  readonly onNote?: (text: string, interrupt: () => void) => void;
  readonly entry?: string;
}

/** What a command left. */
export interface RunOutcome {
  readonly code: number;
  /** The standard output. */
  readonly out: string;
  /** The standard error. */
  readonly notes: string;
  /** The code that the process was told to end with at once, if it was. */
  readonly exited?: number;
}

/** Runs a command on the cpu backend, without colours unless asked for. */
export async function runTessera(args: readonly string[], options: RunOptions = {}): Promise<RunOutcome> {
  const signals = new EventEmitter();
  let exited: number | undefined;
  const interrupt = (): void => void signals.emit('SIGINT');
  const stdout = collector(options.columns);
  const stderr = collector(options.columns, (text) => options.onNote?.(text, interrupt));
  const takesBackend = ['train', 'evaluate', 'predict', 'compare', 'explain', 'inspect', 'grow'].includes(
    args[0] ?? '',
  );
  const isComplete = args.includes('--backend') || args.includes('--help') || !takesBackend;
  const code = await main([...args, ...(isComplete ? [] : ['--backend', 'cpu'])], {
    streams: {
      stdin: Readable.from([options.stdin ?? '']),
      stdout: stdout.stream,
      stderr: stderr.stream,
      env: options.env ?? { NO_COLOR: '1' },
      signals: {
        on: (name, handler) => void signals.on(name, handler),
        off: (name, handler) => void signals.off(name, handler),
        exit: (number) => (exited = number),
      },
    },
    ...(options.entry !== undefined && { entry: options.entry }),
  });
  return { code, out: stdout.text(), notes: stderr.text(), ...(exited !== undefined && { exited }) };
}

function collector(
  columns: number | undefined,
  onWrite: (text: string) => void = () => undefined,
): { readonly stream: OutputStream; text(): string } {
  const chunks: string[] = [];
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      chunks.push(chunk.toString());
      onWrite(chunk.toString());
      done();
    },
  });
  return {
    stream: columns === undefined ? stream : Object.assign(stream, { isTTY: true, columns }),
    text: () => chunks.join(''),
  };
}
