import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import type { Writable } from 'node:stream';
import { nullForUndefinedFigures } from '../terminal/terminal.js';

/** Where lines of JSON go. */
export interface RowOutput {
  write(value: unknown): Promise<void>;
  /** Puts a file in its place once all is written. */
  close(): Promise<void>;
  /** Leaves a file that was there as it was. */
  discard(): Promise<void>;
}

/** Opens a file, or the standard output for `-`. A file appears under its name when it is complete. */
export async function openRowOutput(path: string, stdout: Writable): Promise<RowOutput> {
  if (path === '-') {
    const nothing = (): Promise<void> => Promise.resolve();
    return { write: (value) => writeLine(stdout, value), close: nothing, discard: nothing };
  }
  const temporary = `${path}.partial-${process.pid}`;
  const file = createWriteStream(temporary);
  try {
    await once(file, 'open');
  } catch (error) {
    // Under the name that the user gave.
    throw Object.assign(error as Error, { path });
  }
  // Errors of writing show up in write() or close(); between them nobody listens.
  let failure: Error | undefined;
  file.on('error', (error) => (failure = error));
  return {
    write: async (value) => {
      if (failure) throw failure;
      await writeLine(file, value);
    },
    close: async () => {
      file.end();
      if (failure) throw failure;
      await finished(file);
      await rename(temporary, path);
    },
    discard: async () => {
      file.destroy();
      await rm(temporary, { force: true });
    },
  };
}

/** Waits where the reader is slower than the model. */
async function writeLine(stream: Writable, value: unknown): Promise<void> {
  if (!stream.write(`${JSON.stringify(value, nullForUndefinedFigures)}\n`)) await once(stream, 'drain');
}
