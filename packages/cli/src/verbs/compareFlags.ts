import type { SpecFlags, WorkbenchFlags } from '../session.js';

/** Flags of `tessera compare`. */
export interface CompareFlags extends WorkbenchFlags, SpecFlags {
  readonly seeds: readonly number[];
  readonly to: string;
  /** How many trainings at a time; chosen if left out. */
  readonly jobs?: number;
  /** The split to compare on; `test` and further test splits if left out. */
  readonly split?: string;
  readonly reference?: string;
  readonly lead?: number;
  readonly overwrite?: boolean;
  readonly json?: boolean;
}
