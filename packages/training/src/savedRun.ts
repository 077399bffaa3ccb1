import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { openCheckpoint, type OpenCheckpoint } from './checkpoint.js';
import { isPacked, openPacked, PackedRun } from './packedRun.js';
import { recordFile, RunFolder, type RunRecord } from './runFolder.js';

/** A run, in its folder or packed into a file: what may be evaluated, explained and reported on. */
export interface SavedRun {
  /** Folder or file. */
  readonly path: string;
  /** The spec's `data`, where it is kept apart from the spec. */
  readonly data?: unknown;
  /** Its record. Throws CheckpointError when it is missing or damaged. */
  read(): RunRecord;
  /** Opens the checkpoint that it keeps. Throws CheckpointError when it is missing or damaged. */
  open(): OpenCheckpoint;
  /** Where a file that belongs to it goes. */
  placeOf(name: string): string;
  /** Writes such a file. Throws CheckpointError when that fails. */
  writeFile(name: string, text: string): void;
}

/** Opens a run folder or a packed run, without reading it. */
export const openRun = (location: string): SavedRun =>
  isPacked(location) ? new PackedRun(location) : new RunFolder(location);

/** Whether a place is a run, packed or not, or a checkpoint, be it damaged. */
export const isSaved = (location: string): boolean =>
  isPacked(location) || [recordFile, 'spec.yaml'].some((name) => existsSync(join(location, name)));

/** Opens a run folder, a packed run or a checkpoint folder. Throws CheckpointError. */
export function openSaved(location: string): OpenCheckpoint {
  if (isPacked(location)) return openPacked(location);
  const run = new RunFolder(location);
  if (run.exists) return run.open();
  const owner = new RunFolder(resolve(location, '../..'));
  return owner.exists ? owner.openAt(location) : openCheckpoint(location);
}
