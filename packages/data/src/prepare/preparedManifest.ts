import type { DropCounts } from './droppedRows.js';
import type { SharedRows } from './findShared.js';
import type { InputSummary } from './inputFiles.js';
import type { SourceName } from './preparedSource.js';

/** What a prepared dataset is made of and what it holds; `manifest.json` in its folder. */
export interface PreparedManifest {
  readonly dataset: SourceName;
  /** Version of the rules; another number means that the same source no longer gives the same rows. */
  readonly version: 1;
  readonly options: Readonly<Record<string, unknown>>;
  /** Hashes of what was read. */
  readonly inputs: InputSummary;
  readonly counts: {
    /** Rows by split. */
    readonly rows: Readonly<Record<string, number>>;
    readonly labels: number;
    readonly pictures: number;
  };
  /** Rows left out, by reason and split; `dropped.jsonl` lists them. */
  readonly dropped: DropCounts;
  /** Splits that have ids or pictures in common. */
  readonly shared: readonly SharedRows[];
  /** SHA-256 of the files beside the manifest. `pictures.sha256` holds those of the pictures. */
  readonly files: {
    readonly bytes: Readonly<Record<string, string>>;
    readonly pixels: Readonly<Record<string, string>>;
  };
}

/** File with a line `hash  path` for each picture, as `sha256sum --check` reads it. */
export const pictureList = 'pictures.sha256';
