import { PairQueue } from './pairQueue.js';

interface Word {
  readonly count: number;
  /** Numbers of the pieces it is made of at present. */
  pieces: number[];
}

/** A pair of pieces as one number; there are far fewer than 2²⁶ pieces. */
const keyOf = (left: number, right: number): number => left * 2 ** 26 + right;

/** Neighbouring pieces as one: only the first keeps its `##`. */
export const joinPieces = ([first = '', ...others]: readonly string[]): string =>
  `${first}${others.map((piece) => piece.slice(2)).join('')}`;

/** Words made of pieces, of which the most frequent neighbours can be merged. */
export class MergingWords {
  /** All pieces so far, those included that are part of longer ones everywhere by now. */
  readonly pieces: string[];
  private readonly numbers: Map<string, number>;
  private readonly words: readonly Word[];
  private readonly counts = new Map<number, number>();
  /** Words in which a pair stood at some time, by pair. */
  private readonly places = new Map<number, Set<number>>();
  private readonly queue = new PairQueue();

  /** @param words - each as pieces and how often it occurs; @param pieces - all pieces that occur in them */
  constructor(words: readonly (readonly [pieces: readonly string[], count: number])[], pieces: readonly string[]) {
    this.pieces = [...pieces];
    this.numbers = new Map(pieces.map((piece, number) => [piece, number]));
    this.words = words.map(([parts, count]) => ({ count, pieces: parts.map((piece) => this.numberOf(piece)) }));
    const seen = new Set<number>();
    this.words.forEach((word, place) => this.forEachPair(word, (key) => this.note(key, word.count, place, seen)));
    for (const key of seen) this.enqueue(key);
  }

  /** Merges the most frequent pair everywhere. False when no pair occurs `atLeast` times. */
  mergeNext(atLeast: number): boolean {
    for (let next = this.queue.pop(); next; next = this.queue.pop()) {
      const key = keyOf(next.left, next.right);
      const count = this.counts.get(key) ?? 0;
      if (count !== next.count) {
        // The count fell since it was queued: back in line with what it is now.
        if (count > 0) this.queue.push({ ...next, count });
        continue;
      }
      if (count < atLeast) return false;
      this.merge(next.left, next.right);
      return true;
    }
    return false;
  }

  private merge(left: number, right: number): void {
    const key = keyOf(left, right);
    const merged = this.numberOf(joinPieces([this.pieces[left] ?? '', this.pieces[right] ?? '']));
    const grown = new Set<number>();
    for (const place of this.places.get(key) ?? []) {
      const word = this.words[place] as Word;
      this.forEachPair(word, (pair) => this.add(pair, -word.count));
      word.pieces = joinPairs(word.pieces, left, right, merged);
      // Only pairs with the new piece can have become more frequent; those that became rarer are found out in the queue.
      this.forEachPair(word, (pair, one, two) =>
        one === merged || two === merged ? this.note(pair, word.count, place, grown) : this.add(pair, word.count),
      );
    }
    this.places.delete(key);
    this.counts.delete(key);
    for (const pair of grown) this.enqueue(pair);
  }

  private add(key: number, count: number): void {
    this.counts.set(key, (this.counts.get(key) ?? 0) + count);
  }

  private note(key: number, count: number, place: number, noted: Set<number>): void {
    this.add(key, count);
    const places = this.places.get(key) ?? new Set<number>();
    this.places.set(key, places.add(place));
    noted.add(key);
  }

  private enqueue(key: number): void {
    const count = this.counts.get(key) ?? 0;
    const right = key % 2 ** 26;
    if (count > 0) this.queue.push({ left: (key - right) / 2 ** 26, right, count });
  }

  private forEachPair({ pieces }: Word, visit: (key: number, left: number, right: number) => void): void {
    for (let i = 1; i < pieces.length; i++) {
      const [left, right] = [pieces[i - 1] ?? 0, pieces[i] ?? 0];
      visit(keyOf(left, right), left, right);
    }
  }

  private numberOf(piece: string): number {
    const known = this.numbers.get(piece);
    if (known !== undefined) return known;
    this.numbers.set(piece, this.pieces.length);
    return this.pieces.push(piece) - 1;
  }
}

/** The pieces with every `left` that `right` follows replaced by `merged`, from the start on. */
function joinPairs(pieces: readonly number[], left: number, right: number, merged: number): number[] {
  const joined: number[] = [];
  for (let i = 0; i < pieces.length; i++) {
    const isPair = pieces[i] === left && pieces[i + 1] === right;
    joined.push(isPair ? merged : (pieces[i] ?? 0));
    if (isPair) i += 1;
  }
  return joined;
}
