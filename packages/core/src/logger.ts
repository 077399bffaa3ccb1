import { token } from './token.js';

/** Where messages for the user go. */
export interface Logger {
  /** What happens, for those who want to follow it. */
  info(message: string): void;
  /** What the user should know and act on. */
  warn(message: string): void;
  /** How far something is that takes a while, such as a download, in bytes; `done` equal to `total` ends it. */
  progress?(what: string, done: number, total: number): void;
}

/** Token of the {@link Logger}. */
export const logger = token<Logger>('tessera.Logger', 'the logger');

/** A logger that says nothing: the default of a workbench used as a library. */
export const silentLogger: Logger = { info: () => undefined, warn: () => undefined };
