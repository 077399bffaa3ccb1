/**
 * Whether texts are lower-cased: as the option says, else unless the vocabulary has entries with upper-case letters,
 * which no lower-cased text would ever reach. Names in brackets, such as [CLS], tell nothing of case.
 */
export function lowercaseOf(option: boolean | undefined, pieces: readonly string[]): boolean {
  return option ?? !pieces.some((piece) => piece !== piece.toLowerCase() && !/^\[.+\]$/.test(piece));
}
