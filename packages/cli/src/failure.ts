import { CommanderError } from 'commander';
import type { Terminal } from './terminal/terminal.js';

/** What the process ends with. */
export const exitCodes = { done: 0, failed: 1, mistake: 2, interrupted: 130 } as const;

/** What the operating system says of a file, by error code. */
const systemReasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder. Check the path',
  ENOTDIR: 'a part of the path is a file where a folder should be. Check the path',
  EISDIR: 'it is a folder where a file should be. Give a file',
  EACCES: 'permission is denied. Give another path, or change its permissions',
  EPERM: 'permission is denied. Give another path, or change its permissions',
  EROFS: 'the disk is read-only. Give another path',
  ENOSPC: 'no space is left on the disk. Free some and try again',
  EEXIST: 'it exists already. Give another path',
  ENOTEMPTY: 'the folder is not empty. Give another path',
  EMFILE: 'too many files are open. Raise the limit (ulimit -n)',
};

/**
 * Says what went wrong and returns the exit code: 2 with the message alone for a mistake in what was given, 1 for a
 * defect, whose stack `TESSERA_DEBUG=1` shows.
 */
export function reportFailure(error: unknown, terminal: Terminal): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.mistake;
  if (error instanceof Error && 'exitCode' in error && typeof error.exitCode === 'number') {
    terminal.note(error.message);
    return error.exitCode;
  }
  const { noteStyle: style } = terminal;
  const debug = Boolean(terminal.streams.env['TESSERA_DEBUG']);
  const mistake = mistakeOf(error);
  if (mistake !== undefined) {
    terminal.note(`${style.red('error:')} ${mistake}`);
    if (debug && error instanceof Error) terminal.note(style.dim(error.stack ?? ''));
    return exitCodes.mistake;
  }
  const message = error instanceof Error ? error.message : String(error);
  terminal.note(`${style.red('internal error:')} ${message.split('\n')[0] ?? ''}`);
  if (debug) terminal.note(error instanceof Error ? (error.stack ?? '') : String(error));
  else terminal.note('This is a defect of Tessera or of a plugin. Run it again with TESSERA_DEBUG=1 to see where.');
  return exitCodes.failed;
}

/** The message for a mistake in what was given; undefined for a defect. */
function mistakeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ((error as { isUserError?: unknown }).isUserError === true) return error.message;
  const { code, path } = error as NodeJS.ErrnoException;
  const reason = code === undefined ? undefined : systemReasons[code];
  if (reason === undefined) return undefined;
  return `${path ?? 'file'}: ${reason} (${code ?? ''}).`;
}
