import { lowercaseOf } from './letterCase.js';
import { firstIds } from './stretches.js';
import type { TextTokenizer } from './textTokenizer.js';
import { wordSplitter } from './wordSplitter.js';

/** Special entries of a list of words. */
const [padding, unknown] = ['[PAD]', '[UNK]'] as const;

/** How a text falls into words: at spaces alone, or also at punctuation as BERT's tokenizer splits it. */
export type WordBoundaries = 'whitespace' | 'words';

/** A function that splits a text into words. */
export function splitterFor(boundaries: WordBoundaries, lowercase: boolean): (text: string) => string[] {
  if (boundaries === 'words') return wordSplitter(lowercase);
  return (text) => (lowercase ? text.toLowerCase() : text).split(/\s+/).filter((word) => word !== '');
}

/** The list with [PAD] and [UNK] in front where it lacks them. */
export const withSpecialWords = (words: readonly string[]): string[] => [
  ...[padding, unknown].filter((special) => !words.includes(special)),
  ...words,
];

/** Cuts texts into the words of a list. */
export class WordListTokenizer implements TextTokenizer {
  readonly size: number;
  readonly padId: number;
  readonly unknownId: number;
  private readonly ids: ReadonlyMap<string, number>;
  private readonly split: (text: string) => string[];

  /** @param words - by id, with [PAD] and [UNK] among them */
  constructor(
    private readonly words: readonly string[],
    { boundaries, lowercase }: { readonly boundaries: WordBoundaries; readonly lowercase?: boolean },
  ) {
    this.ids = new Map(words.map((word, id) => [word, id]));
    this.size = words.length;
    this.padId = this.ids.get(padding) ?? 0;
    this.unknownId = this.ids.get(unknown) ?? 0;
    this.split = splitterFor(boundaries, lowercaseOf(lowercase, words));
  }

  encode(text: string, limit: number): number[] {
    return firstIds(text, limit, (stretch) => this.split(stretch).map((word) => this.ids.get(word) ?? this.unknownId));
  }

  piece(id: number): string {
    return this.words[id] ?? unknown;
  }
}
