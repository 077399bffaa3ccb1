// Files that a spec names. The package also loads where there are no files: Node's modules are asked for when a file is
// read, and not with import(), which bundlers for browsers follow.
import type * as fs from 'node:fs';
import type * as path from 'node:path';
import { SpecError } from '@tessera/core';

/** A file as a spec names it. */
export interface NamedFile {
  /** As in the spec; relative ones start from `baseFolder`. */
  readonly file: string;
  readonly baseFolder: string;
  /** Path of the option in the spec, for messages. */
  readonly option: string;
}

/** Told how many bytes of a file were read, of how many. */
export type OnProgress = (done: number, total: number) => void;

/** Bytes of a file that takes seconds to read. */
const longFile = 1 << 26;

/** Reads a UTF-8 file, without its byte order mark. Throws SpecError when it cannot be read or is no text. */
export async function readTextFile(named: NamedFile): Promise<string> {
  const { fs, path } = nodeModules(named);
  const file = path.resolve(named.baseFolder, named.file);
  const text = await fs.promises.readFile(file, 'utf8').catch((cause: unknown) => {
    throw unreadable(named, file, cause);
  });
  return plainText(named, text);
}

/**
 * The lines of a UTF-8 file of any size, one after the other, each with the \n that ends it; only the last may lack it.
 * `onProgress` is told how many bytes were read, if the file is one that takes a while.
 * Throws SpecError when the file cannot be read or is no text.
 */
export async function* readLines(named: NamedFile, onProgress?: OnProgress): AsyncIterable<string> {
  let rest = '';
  let isFirst = true;
  for await (const read of readChunks(named, onProgress)) {
    const chunk = isFirst ? plainText(named, read) : read;
    isFirst = false;
    // At \n alone: words of web corpora hold other characters that node:readline takes for line ends.
    const end = chunk.lastIndexOf('\n') + 1;
    if (end > 0) yield* `${rest}${chunk.slice(0, end)}`.match(/[^\n]*\n/g) ?? [];
    rest = end > 0 ? chunk.slice(end) : `${rest}${chunk}`;
  }
  if (rest !== '') yield rest;
}

async function* readChunks(named: NamedFile, onProgress?: OnProgress): AsyncIterable<string> {
  const { fs, path } = nodeModules(named);
  const file = path.resolve(named.baseFolder, named.file);
  try {
    const { size } = await fs.promises.stat(file);
    const stream = fs.createReadStream(file, { encoding: 'utf8', highWaterMark: 1 << 20 });
    for await (const chunk of stream as AsyncIterable<string>) {
      yield chunk;
      if (size >= longFile) onProgress?.(stream.bytesRead, size);
    }
  } catch (cause) {
    throw unreadable(named, file, cause);
  }
}

interface NodeModules {
  readonly fs: typeof fs;
  readonly path: typeof path;
}

function nodeModules({ file, option }: NamedFile): NodeModules {
  const { process } = globalThis as { readonly process?: Partial<NodeJS.Process> };
  if (process?.getBuiltinModule) {
    return { fs: process.getBuiltinModule('node:fs'), path: process.getBuiltinModule('node:path') };
  }
  const message = `must be left out where there are no files, as in a browser, got ${JSON.stringify(file)}. Load a trained model.`;
  throw new SpecError([{ path: option, message }]);
}

/** The text, or its beginning, without a byte order mark. Throws SpecError for what is plainly something else. */
function plainText({ file, option }: NamedFile, text: string): string {
  // The first bytes of gzip (1F 8B; the second is no UTF-8 and was read as U+FFFD) and of ZIP. Text has no NUL.
  const packed = text.startsWith('\u001F\uFFFD') ? 'gzip' : text.startsWith('PK\u0003\u0004') ? 'ZIP' : undefined;
  if (packed === undefined && !text.includes('\0')) return text.replace(/^\uFEFF/, '');
  const found = packed === undefined ? 'which holds bytes that are none' : `which is packed (${packed})`;
  const advice =
    packed === undefined ? 'Check the path, or save it as UTF-8.' : 'Unpack it and name the text file in it.';
  throw new SpecError([
    { path: option, message: `must be UTF-8 text, got ${JSON.stringify(file)}, ${found}. ${advice}` },
  ]);
}

const advices: Readonly<Record<string, string>> = {
  ENOENT: 'Check the path; it starts from the folder of the spec.',
  EISDIR: 'It is a folder: name a file in it.',
  EACCES: 'Give yourself the right to read it.',
};

function unreadable({ file, option }: NamedFile, located: string, cause: unknown): SpecError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
  const advice = advices[code] ?? 'Check the file.';
  const message = `must be a readable file, got ${JSON.stringify(file)} (${code}, looked for ${located}). ${advice}`;
  return new SpecError([{ path: option, message }], { cause });
}
