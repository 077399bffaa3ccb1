// A WordPiece vocabulary from counted words, by merging the most frequent pair of neighbouring pieces again and again:
// Sennrich et al. 2016, algorithm 1, with `##` on every piece that does not start a word, as WordPieceTrainer of Hugging
// Face's tokenizers has it. Pieces that no word is cut into in the end are dropped here, since from-scratch models would
// never train their rows.
import { byFrequency } from './countWords.js';
import { joinPieces, MergingWords } from './mergingWords.js';
import { specialTokens } from './specialTokens.js';

/** Limits of a vocabulary. */
export interface TrainingLimits {
  /** Most entries, special tokens included. */
  readonly vocabSize: number;
  /** Pairs of pieces seen less often are not merged. */
  readonly minimumFrequency: number;
}

/** Words of more characters are [UNK] to BERT's tokenizer. */
const longestWord = 100;

/** A word as single characters, the first as it is, the others with `##`, and how often it occurs. */
type SplitWord = readonly [characters: readonly string[], count: number];

/**
 * Learns word pieces: special tokens first, then pieces by how often the words are cut into them, ties by code units.
 * The same counts give the same pieces, in whatever order the words come.
 */
export function trainWordPieces(counts: ReadonlyMap<string, number>, limits: TrainingLimits): string[] {
  const room = limits.vocabSize - specialTokens.length;
  const words = [...counts]
    .sort(byFrequency)
    .map(([word, count]): SplitWord => [charactersOf(word), count])
    .filter(([characters]) => characters.length <= longestWord);
  const alphabet = frequentCharacters(words, Math.ceil(room / 2));
  const known = words.filter(([characters]) => characters.every((character) => alphabet.has(character)));
  const merging = new MergingWords(known, [...alphabet].sort());
  while (merging.pieces.length < room && merging.mergeNext(limits.minimumFrequency));
  const used = countPieces(known, new Set(merging.pieces));
  return [...specialTokens, ...[...used].sort(byFrequency).map(([piece]) => piece)];
}

const charactersOf = (word: string): string[] =>
  Array.from(word, (character, i) => (i === 0 ? character : `##${character}`));

/** The most frequent characters as pieces; words with rarer ones are [UNK]. */
function frequentCharacters(words: readonly SplitWord[], atMost: number): Set<string> {
  const counts = new Map<string, number>();
  for (const [characters, count] of words) {
    for (const character of characters) counts.set(character, (counts.get(character) ?? 0) + count);
  }
  const kept = [...counts].sort(byFrequency).slice(0, atMost);
  return new Set(kept.map(([character]) => character));
}

/** How often each piece is used when BERT's tokenizer cuts the words: the longest known piece first. */
function countPieces(words: readonly SplitWord[], pieces: ReadonlySet<string>): Map<string, number> {
  const used = new Map<string, number>();
  for (const [characters, count] of words) {
    for (const piece of longestFirst(characters, pieces)) used.set(piece, (used.get(piece) ?? 0) + count);
  }
  return used;
}

/** A word's pieces; every single character is known. */
function* longestFirst(characters: readonly string[], pieces: ReadonlySet<string>): Iterable<string> {
  for (let start = 0, end = characters.length; start < characters.length; end = characters.length) {
    while (end > start + 1 && !pieces.has(joinPieces(characters.slice(start, end)))) end -= 1;
    yield joinPieces(characters.slice(start, end));
    start = end;
  }
}
