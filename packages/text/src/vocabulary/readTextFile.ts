// Files that a spec names. Node's modules are imported where they are used, so that the package also loads where there
// are no files.
import { SpecError } from '@tessera/core';

/** A file as a spec names it. */
export interface NamedFile {
  /** As in the spec; relative ones start from `baseFolder`. */
  readonly file: string;
  readonly baseFolder: string;
  /** Path of the option in the spec, for messages. */
  readonly option: string;
}

/** Reads a UTF-8 file. Throws SpecError when it cannot be read. */
export async function readTextFile(named: NamedFile): Promise<string> {
  const { readFile } = await import('node:fs/promises');
  const file = await locate(named);
  return readFile(file, 'utf8').catch((cause: unknown) => {
    throw unreadable(named, file, cause);
  });
}

/** The lines of a UTF-8 file of any size, one after the other. Throws SpecError when it cannot be read. */
export async function* readLines(named: NamedFile): AsyncIterable<string> {
  const { createReadStream } = await import('node:fs');
  const file = await locate(named);
  let rest = '';
  try {
    for await (const chunk of createReadStream(file, 'utf8')) {
      // At \n alone: words of web corpora hold other characters that node:readline takes for line ends.
      const lines = `${rest}${chunk as string}`.split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
  } catch (cause) {
    throw unreadable(named, file, cause);
  }
  if (rest !== '') yield rest;
}

async function locate({ file, baseFolder }: NamedFile): Promise<string> {
  const path = await import('node:path');
  return path.resolve(baseFolder, file);
}

function unreadable({ file, option }: NamedFile, located: string, cause: unknown): SpecError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
  const advice = code === 'ENOENT' ? 'Check the path; it starts from the folder of the spec.' : 'Check the file.';
  const message = `must be a readable file, got ${JSON.stringify(file)} (${code}, looked for ${located}). ${advice}`;
  return new SpecError([{ path: option, message }], { cause });
}
