// A line of GloVe's text format: a word and its numbers, between spaces. Words of the largest files hold spaces
// themselves, so a line is read from its end. Source: Pennington et al. 2014, nlp.stanford.edu/projects/glove.

/** A word and its vector. */
export interface GloveRow {
  readonly word: string;
  /** The numbers as text, between spaces. */
  readonly vector: string;
}

/** What breaks the format, as `name=value`. */
export interface GloveFault {
  readonly fault: string;
}

/** The word and the last `dimension` fields of a line; undefined when it has fewer. */
export function splitGloveLine(line: string, dimension: number): GloveRow | undefined {
  let start = line.length;
  for (let i = 0; i < dimension && start >= 0; i++) start = start > 0 ? line.lastIndexOf(' ', start - 1) : -1;
  return start < 0 ? undefined : { word: line.slice(0, start), vector: line.slice(start + 1) };
}

/** Reads a line and checks it. Of words that nobody wants, only the characters of the numbers are looked at. */
export function readGloveLine(
  line: string,
  { words, dimension }: { readonly words: ReadonlySet<string>; readonly dimension: number },
): GloveRow | GloveFault {
  const row = splitGloveLine(line, dimension);
  if (!row || hasNumbers(row.word)) return { fault: `numbers=${fieldsAfterWord(line).filter(isNumber).length}` };
  if (!words.has(row.word) && /^[-+.\deE ]*$/.test(row.vector)) return row;
  const odd = row.vector.split(' ').find((field) => !isNumber(field));
  return odd === undefined ? row : { fault: `number=${JSON.stringify(odd)}` };
}

/** How many numbers follow a line's first field; undefined when anything else does. */
export function numbersAfterWord(line: string): number | undefined {
  const fields = fieldsAfterWord(line);
  return fields.length > 0 && fields.every(isNumber) ? fields.length : undefined;
}

/** Whether numbers are left over in what should be a word: the line is too long, or two lines lost the end between them. */
const hasNumbers = (word: string): boolean =>
  word.includes(' ') && fieldsAfterWord(word).some((field) => field.includes('.') && isNumber(field));

const fieldsAfterWord = (line: string): string[] => line.split(' ').slice(1);

const isNumber = (field: string): boolean => field !== '' && Number.isFinite(Math.fround(Number(field)));
