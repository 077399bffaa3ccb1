// GloVe's text format: a word and its vector in each line, between spaces. Words of the largest files hold spaces
// themselves, so the vector is what stands at the end. Source: Pennington et al. 2014, nlp.stanford.edu/projects/glove.
import { SpecError } from '@tessera/core';
import { readLines, type NamedFile } from '../vocabulary/readTextFile.js';

/** One line of a GloVe file. */
export interface GloveLine {
  readonly word: string;
  /** The numbers as text. */
  readonly values: readonly string[];
}

/** The word and the last `dimension` fields of a line. */
export function splitGloveLine(line: string, dimension: number): GloveLine {
  const fields = line.trimEnd().split(' ');
  return { word: fields.slice(0, -dimension).join(' '), values: fields.slice(-dimension) };
}

/**
 * The lines of a GloVe file whose words are wanted. A first line with two whole numbers (word2vec's header) is passed
 * over.
 * @throws SpecError when the file cannot be read, has vectors of another width, is damaged or has none of the words
 */
export async function selectGlove(
  named: NamedFile,
  {
    words,
    dimension,
    path,
  }: { readonly words: ReadonlySet<string>; readonly dimension: number; readonly path: string },
): Promise<string[]> {
  const kept: string[] = [];
  let row = 0;
  for await (const line of readLines(named)) {
    row += 1;
    if (row === 1 && /^\d+ \d+\s*$/.test(line)) continue;
    if (kept.length === 0 && row <= 2) requireDimension(line, dimension, named, path);
    const { word, values } = splitGloveLine(line, dimension);
    if (!words.has(word)) continue;
    if (values.length < dimension || values.some((value) => value === '' || !Number.isFinite(Number(value)))) {
      throw gloveError(named, `got ${JSON.stringify(named.file)} without them in row ${row}. Download it again.`);
    }
    kept.push(line.trimEnd());
  }
  if (kept.length > 0) return kept;
  throw gloveError(
    named,
    `got ${JSON.stringify(named.file)} with none of the vocabulary's ${words.size} words. Check lowercase and the file.`,
  );
}

function requireDimension(line: string, dimension: number, named: NamedFile, path: string): void {
  const width = line.trimEnd().split(' ').length - 1;
  if (width === dimension) return;
  if (width < 2)
    throw gloveError(
      named,
      `got ${JSON.stringify(named.file)}, which starts with ${JSON.stringify(line.slice(0, 40))}. Check the file.`,
    );
  throw new SpecError([
    {
      path: `${path}.dimension`,
      message: `must be that of the GloVe file, got dimension=${dimension}, and ${JSON.stringify(named.file)} has ${width}. Use ${width}.`,
    },
  ]);
}

const gloveError = ({ option }: NamedFile, found: string): SpecError =>
  new SpecError([{ path: option, message: `must be GloVe text, a word and its numbers in each row, ${found}` }]);
