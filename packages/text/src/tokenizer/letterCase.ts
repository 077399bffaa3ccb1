import { specialTokens } from '../vocabulary/specialTokens.js';

/**
 * Whether texts are lower-cased: as the option says, else unless the vocabulary has entries with upper-case letters,
 * which no lower-cased text would ever reach.
 */
export function lowercaseOf(option: boolean | undefined, pieces: readonly string[]): boolean {
  const special: ReadonlySet<string> = new Set(specialTokens);
  return option ?? !pieces.some((piece) => piece !== piece.toLowerCase() && !special.has(piece));
}
