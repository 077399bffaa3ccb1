/** The special tokens that every vocabulary of Tessera starts with, in BERT's spelling. */
export const specialTokens = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'] as const;

/** Limits of a vocabulary built from text. */
export interface VocabularyLimits {
  /** Most entries, special tokens included. */
  readonly vocabSize: number;
  /** Words seen less often are left to their pieces. */
  readonly minimumFrequency: number;
}

/**
 * A WordPiece vocabulary of the words of a text: special tokens, every character alone and as a continuation (`##x`),
 * then whole words, the most frequent first, ties in order of first appearance. A word that is not among them falls
 * apart into characters; one with an unseen character is [UNK].
 * @param words - words as BERT's pre-tokeniser splits them
 */
export function buildVocabulary(words: Iterable<string>, { vocabSize, minimumFrequency }: VocabularyLimits): string[] {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  const characters = new Set([...counts.keys()].flatMap((word) => Array.from(word)));
  const sorted = [...characters].sort();
  const pieces = new Set<string>([...specialTokens, ...sorted, ...sorted.map((character) => `##${character}`)]);
  const frequent = [...counts].filter(([, count]) => count >= minimumFrequency).sort((a, b) => b[1] - a[1]);
  for (const [word] of frequent) {
    if (pieces.size >= vocabSize) break;
    pieces.add(word);
  }
  return [...pieces];
}
