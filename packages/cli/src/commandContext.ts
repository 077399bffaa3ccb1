import type { Terminal } from './terminal/terminal.js';

/** What every command gets. */
export interface CommandContext {
  readonly terminal: Terminal;
  /** The launcher's file, from which further processes are started; undefined where the command runs inside a program. */
  readonly entry?: string;
  /** What the process will end with: 0 done, 1 a check that did not hold or a defect, 2 a mistake in the input, 130 interrupted. */
  exitCode: number;
}
