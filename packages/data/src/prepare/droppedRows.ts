/** Why a row may be left out, by the name that reports use. */
export const dropReasons = {
  'broken row': 'it cannot be read, or a field is missing or of the wrong kind',
  'duplicate id': 'an earlier row of its split has its id',
  'no label': 'its annotators did not agree on one',
  'excluded label': 'it has a label that the task leaves out',
  'unknown label': 'it has a label that no training row has',
  'empty text': 'its text has no characters',
  'no picture known': 'it is about a picture that the dataset does not have',
  'missing picture': 'its picture is not there',
  'not a picture': 'the file that should be its picture is something else',
  'damaged picture': 'its picture ends early or cannot be decoded',
} as const;

/** One of {@link dropReasons}. */
export type DropReason = keyof typeof dropReasons;

/** A row that was left out. */
export interface DroppedRow {
  readonly split: string;
  /** Where it stood. */
  readonly origin: string;
  readonly id?: string;
  readonly reason: DropReason;
  /** What was found. */
  readonly detail: string;
}

/** Rows left out, by reason and split. */
export type DropCounts = Readonly<Partial<Record<DropReason, Readonly<Record<string, number>>>>>;

/** The rows left out so far. */
export class DroppedRows {
  private readonly rows: DroppedRow[] = [];

  /** Notes a row. */
  add(row: DroppedRow): void {
    this.rows.push(row);
  }

  /** All of them, in the order found. */
  get list(): readonly DroppedRow[] {
    return this.rows;
  }

  /** How many, by reason and split; reasons in the order of {@link dropReasons}. */
  counts(): DropCounts {
    const counts: Partial<Record<DropReason, Record<string, number>>> = {};
    for (const reason of Object.keys(dropReasons) as DropReason[]) {
      for (const row of this.rows) {
        if (row.reason !== reason) continue;
        const bySplit = (counts[reason] ??= {});
        bySplit[row.split] = (bySplit[row.split] ?? 0) + 1;
      }
    }
    return counts;
  }
}
