/** Cuts a text into ids of a word table. */
export interface TextTokenizer {
  /** Rows that a table for these ids needs. */
  readonly size: number;
  /** The id that pads. */
  readonly padId: number;
  /** The id of what is not in the vocabulary. */
  readonly unknownId: number;
  /** Ids of the first `limit` words or pieces of a text, without special tokens around them. */
  encode(text: string, limit: number): number[];
  /** What an id stands for. */
  piece(id: number): string;
}
