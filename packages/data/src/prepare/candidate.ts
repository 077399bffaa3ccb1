/** The picture of a row. */
export interface PictureSource {
  /** Absolute path of the file. */
  readonly path: string;
  /** Path below the prepared folder's `images`, with forward slashes. */
  readonly name: string;
  /** True when it was made out of a larger file of the source, which is what has a hash as an input. */
  readonly isDerived?: boolean;
}

/** A row as a source has it, before it is known whether it can be used. */
export interface Candidate {
  /** Split that the source puts it in: `train`, `dev`, `test` or a further one such as `test_hard`. */
  readonly split: string;
  /** Where it stands, for the report: `snli_1.0_train.jsonl, row 3`. */
  readonly origin: string;
  /** Unique within its split. */
  readonly id: string;
  /** `text`, or `sentence1` and `sentence2`. */
  readonly texts: Readonly<Record<string, string>>;
  readonly picture: PictureSource;
  /** A label, a list of them, or undefined where the source publishes none. */
  readonly label?: string | readonly string[];
}

/** The labels of a row as a list. */
export const labelsOf = ({ label }: Pick<Candidate, 'label'>): readonly string[] =>
  label === undefined ? [] : typeof label === 'string' ? [label] : label;
