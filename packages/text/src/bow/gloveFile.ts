import { SpecError } from '@tessera/core';
import { readLines, type NamedFile, type OnProgress } from '../vocabulary/readTextFile.js';
import { numbersAfterWord, readGloveLine } from './gloveLine.js';

/** What is wanted of a GloVe file. */
export interface GloveRequest {
  readonly words: ReadonlySet<string>;
  /** Numbers of each word. */
  readonly dimension: number;
  /** Where the encoder stands in the spec, for messages. */
  readonly path: string;
  /** Told how much of a large file was read. */
  readonly onProgress?: OnProgress;
}

/** The first line of files that word2vec and fastText write. */
interface Header {
  readonly numWords: number;
  readonly dimension: number;
}

/**
 * The lines of a GloVe file whose words are wanted; of several lines for one word the first. A header is checked and
 * left out.
 * @throws SpecError when the file cannot be read, has vectors of another width, is damaged or has none of the words
 */
export async function selectGlove(named: NamedFile, request: GloveRequest): Promise<string[]> {
  const { words } = request;
  const kept = new Map<string, string>();
  let numLines = 0;
  let header: Header | undefined;
  for await (const read of readLines(named, request.onProgress)) {
    numLines += 1;
    const line = read.trimEnd();
    if (numLines === 1) {
      header = headerOf(line, request);
      requireDimension(header?.dimension ?? numbersAfterWord(line), named, request);
    }
    requireLineEnd(read, numLines, named);
    if (header && numLines === 1) continue;
    const row = readGloveLine(line, request);
    if ('fault' in row) throw badLine(named, request, { line, number: numLines, fault: row.fault });
    // Joined anew: a part of the text as it was read would keep all of that in memory.
    if (words.has(row.word) && !kept.has(row.word)) kept.set(row.word, [row.word, row.vector].join(' '));
  }
  requireAllLines(header, numLines, named);
  if (kept.size > 0) return [...kept.values()];
  const found = `none of the vocabulary's ${words.size}`;
  throw gloveError(named, { rule: 'must have known words', found, advice: 'Check lowercase and the file.' });
}

/** Two whole numbers; where vectors have one number, that is a word and its vector. */
function headerOf(line: string, { dimension }: GloveRequest): Header | undefined {
  const [, numWords, width] = /^(\d+) (\d+)$/.exec(line) ?? [];
  return width !== undefined && dimension > 1 ? { numWords: Number(numWords), dimension: Number(width) } : undefined;
}

function requireDimension(width: number | undefined, { file }: NamedFile, { dimension, path }: GloveRequest): void {
  if (width === undefined || width === dimension) return;
  throw new SpecError([
    {
      path: `${path}.dimension`,
      message: `must be that of the GloVe file, got dimension=${dimension}, and ${JSON.stringify(file)} has ${width}. Use ${width}.`,
    },
  ]);
}

/** Whoever writes this format ends the last line too; where its end is missing, a number may be cut in two. */
function requireLineEnd(line: string, number: number, named: NamedFile): void {
  if (line.endsWith('\n')) return;
  throw gloveError(named, {
    rule: 'must end with a line end',
    found: `none after line ${number}, the last, as when a download was cut short`,
    advice: 'Download it again; if it is whole, add a line end.',
  });
}

function requireAllLines(header: Header | undefined, numLines: number, named: NamedFile): void {
  if (numLines === 0) {
    throw gloveError(named, { rule: 'must hold word vectors', found: 'an empty file', advice: 'Download it again.' });
  }
  if (header === undefined || header.numWords === numLines - 1) return;
  throw gloveError(named, {
    rule: `must have the ${header.numWords} words that its first line announces`,
    found: `${numLines - 1} up to line ${numLines}, the last`,
    advice: 'Download it again.',
  });
}

function badLine(
  named: NamedFile,
  { dimension }: GloveRequest,
  { line, number, fault }: { readonly line: string; readonly number: number; readonly fault: string },
): SpecError {
  return gloveError(named, {
    rule: `must have a word and ${dimension} numbers in each line`,
    found: `${fault} in line ${number}, ${JSON.stringify(line.length > 40 ? `${line.slice(0, 40)}…` : line)}`,
    advice: 'Mend or remove the line, or download the file again.',
  });
}

const gloveError = (
  { file, option }: NamedFile,
  { rule, found, advice }: { readonly rule: string; readonly found: string; readonly advice: string },
): SpecError =>
  new SpecError([{ path: option, message: `GloVe file ${JSON.stringify(file)} ${rule}, got ${found}. ${advice}` }]);
