import type { Readable, Writable } from 'node:stream';
import { styleOf, type Style } from './style.js';

/** An output stream that may be a terminal. */
export type OutputStream = Writable & { readonly isTTY?: boolean; readonly columns?: number };

/** The streams and variables that a command runs with: the process' own, or a test's. */
export interface Streams {
  readonly stdin: Readable;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signals: ProcessSignals;
}

/** How a process is told to stop, and how it ends at once. */
export interface ProcessSignals {
  on(name: 'SIGINT' | 'SIGTERM', handler: () => void): void;
  off(name: 'SIGINT' | 'SIGTERM', handler: () => void): void;
  exit(code: number): void;
}

/** Results go to the standard output, everything else (progress, notes, errors) to the standard error. */
export class Terminal {
  /** Colours of the standard output. */
  readonly style: Style;
  /** Colours of the standard error. */
  readonly noteStyle: Style;
  private readonly writeNote = (line: string): void => void this.streams.stderr.write(`${line}\n`);
  private sink = this.writeNote;

  constructor(readonly streams: Streams) {
    this.style = styleOf(streams.stdout, streams.env);
    this.noteStyle = styleOf(streams.stderr, streams.env);
  }

  /** Whether progress may be redrawn in place. */
  get isInteractive(): boolean {
    return this.streams.stderr.isTTY === true && this.streams.env['TERM'] !== 'dumb';
  }

  /** Columns of the standard error's terminal. */
  get columns(): number {
    return this.streams.stderr.columns ?? 100;
  }

  /** Columns that a result may take: unbounded where it goes into a file or a pipe. */
  get resultColumns(): number {
    return this.streams.stdout.isTTY === true ? (this.streams.stdout.columns ?? 80) : Infinity;
  }

  /** Prints lines of a result. */
  print(...lines: readonly string[]): void {
    for (const line of lines) this.streams.stdout.write(`${line}\n`);
  }

  /** Prints a result for a program to read. */
  printJson(value: unknown): void {
    this.print(JSON.stringify(value, nullForUndefinedFigures, 2));
  }

  /** Prints lines about what goes on. */
  note(...lines: readonly string[]): void {
    for (const line of lines) this.sink(line);
  }

  /** Hands notes to `sink` while it draws at the bottom of the terminal; undefined takes them back. */
  sendNotesTo(sink: ((line: string) => void) | undefined): void {
    this.sink = sink ?? this.writeNote;
  }
}

/** JSON has no NaN or infinity; a figure that is undefined becomes null. Typed arrays become lists. */
export function nullForUndefinedFigures(_key: string, value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) return null;
  if (value instanceof Float32Array || value instanceof Int32Array) return [...value];
  return value;
}
