import type { Candidate } from './candidate.js';
import type { DroppedRows } from './droppedRows.js';
import type { InputFiles } from './inputFiles.js';

/** Datasets that can be prepared. */
export const sourceNames = ['mmimdb', 'food101', 'vsnli', 'hateful-memes'] as const;

/** One of {@link sourceNames}. */
export type SourceName = (typeof sourceNames)[number];

/** The part of a preparation that goes on. */
export type PrepareStage = 'rows' | 'pictures' | 'files';

/** Options that only some datasets read. */
export interface SourceOptions {
  /** food101: rows that are taken from training for `dev`, stratified by label; 5000 as in the paper. */
  readonly dev?: number;
  /** food101: seed of that choice. */
  readonly seed?: number;
  /** mmimdb, food101: JSON file with the ids of the hard test set; `hard_gt_ids.json` of the source folder if there. */
  readonly hard?: string;
  /** vsnli: folder of the Flickr30k pictures, looked for in the source folder if left out. */
  readonly flickr?: string;
}

/** What a reader works with. */
export interface ReadContext {
  /** The folder that the user named. */
  readonly from: string;
  readonly options: SourceOptions;
  readonly inputs: InputFiles;
  /** Takes the rows that cannot become candidates. */
  readonly dropped: DroppedRows;
  /** A folder for files made on the way, which is removed at the end. */
  readonly scratch: () => Promise<string>;
  /** Hears how far reading is. */
  readonly onProgress: (done: number, total: number) => void;
}

/** How one dataset is read. */
export interface SourceReader {
  /** What the labels are for: it decides the form of `label` in the rows. */
  readonly name: SourceName;
  /** Rows as the source has them, training rows first. Throws DataError when the folder holds something else. */
  read(context: ReadContext): AsyncIterable<Candidate>;
  /** Makes further splits out of the rows that are left. */
  arrange?(rows: readonly Candidate[], context: ReadContext): Promise<readonly Candidate[]>;
  /** All labels in the order that ids follow, where it is not that of their first appearance in training. */
  readonly labels?: readonly string[];
}
