// A run folder: run.json points to the checkpoints that count; it is replaced atomically, after a checkpoint is complete.
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CheckpointError } from '@tessera/core';
import {
  createFolder,
  parseListing,
  renderListing,
  sha256,
  type DataDescription,
  type DataListing,
} from '@tessera/data';
import { openCheckpoint, writeFault, type OpenCheckpoint } from './checkpoint.js';
import { recordFault } from './runRecordSchema.js';
import { withPluginsFound } from './savedPlugins.js';
import type { SavedRun } from './savedRun.js';
import type { BestEpoch, EpochRecord } from './trainingState.js';

/** What run.json says of a run. */
export interface RunRecord {
  readonly format: 1;
  readonly name: string;
  readonly status: 'running' | 'interrupted' | 'finished' | 'failed';
  /** Checkpoints by name; folders under `checkpoints/`. */
  readonly checkpoints: { readonly last?: string; readonly best?: string };
  /** Which of them the run keeps. */
  readonly keep: 'best' | 'last';
  /** Metric that selected the best, `<head>.<metric>` or `loss`. */
  readonly metric: string;
  readonly best?: BestEpoch;
  readonly history: readonly EpochRecord[];
  readonly numParameters: number;
  readonly numTrainSamples: number;
  readonly seconds: number;
  readonly seed: number;
  readonly data: RunData;
  /** Folder that the spec's relative paths start from. */
  readonly baseFolder: string;
  /** The same from the run's folder, for a project that has moved as a whole. */
  readonly baseFromRun?: string;
  readonly versions: Readonly<Record<string, string>>;
  /** Figures on the test split, once evaluated. */
  readonly test?: Readonly<Record<string, number | null>>;
  /** Standard error of each of them from the choice of test samples, where it is known. */
  readonly testSpread?: Readonly<Record<string, number | null>>;
}

/** What a run was trained and evaluated on. */
export interface RunData extends DataDescription {
  /** How many files the data has, and the hash of `data.sha256`, which lists theirs; absent where it was not hashed. */
  readonly files?: { readonly count: number; readonly sha256: string };
}

/** The file that makes a folder a run. */
export const recordFile = 'run.json';
const listingFile = 'data.sha256';
const ownFiles: readonly string[] = [recordFile, listingFile];
const checkpointFolder = 'checkpoints';
/** In the names of what is being written. */
const partial = '.partial-';

function parseRecord(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as unknown;
  } catch (error) {
    throw new CheckpointError(`${file}: cannot be read, ${(error as Error).message}. The file is damaged.`, {
      cause: error,
    });
  }
}

/** One run's folder. */
export class RunFolder implements SavedRun {
  constructor(readonly path: string) {}

  /** Whether the folder holds a run. */
  get exists(): boolean {
    return existsSync(join(this.path, recordFile));
  }

  /**
   * Makes sure that a run may be written here, without changing anything.
   * @throws CheckpointError when something is there that may not be replaced: anything without `overwrite`; with it, what
   * is no run, so that a wrong path loses nothing.
   */
  requireFree(overwrite = false): void {
    if (!existsSync(this.path)) return;
    const names = statSync(this.path).isDirectory() ? readdirSync(this.path) : undefined;
    if (names?.length === 0 || this.endedWithoutCheckpoint()) return;
    if (!overwrite) {
      throw new CheckpointError(
        `${this.path}: the output folder exists already. Go on with --resume, replace it with --overwrite, or give another with --to FOLDER.`,
      );
    }
    if (!this.exists && (names ?? [recordFile]).some((name) => name !== checkpointFolder && name !== listingFile)) {
      throw new CheckpointError(
        `${this.path}: only a run folder may be overwritten, and this one holds no ${recordFile}. Give another folder.`,
      );
    }
  }

  /** Whether a training ended here before it saved anything: there is nothing to lose. */
  private endedWithoutCheckpoint(): boolean {
    const folder = join(this.path, checkpointFolder);
    if (!existsSync(folder) || readdirSync(folder).some((name) => !name.includes(partial))) return false;
    const others = readdirSync(this.path).filter((name) => name !== checkpointFolder && !name.includes(partial));
    return others.every((name) => ownFiles.includes(name)) && (!this.exists || this.read().status !== 'running');
  }

  /** Creates the folder. Throws CheckpointError when something is there already. */
  create(): void {
    this.requireFree();
    createFolder(join(this.path, checkpointFolder));
  }

  /** Removes the run. Refuses a folder that is no run. */
  remove(): void {
    this.requireFree(true);
    rmSync(this.path, { recursive: true, force: true });
  }

  /** Reads run.json. Throws CheckpointError when it is missing or damaged. */
  read(): RunRecord {
    const file = join(this.path, recordFile);
    if (!existsSync(file)) {
      const isFolder = existsSync(this.path) && statSync(this.path).isDirectory();
      const what = isFolder
        ? `the folder holds no ${recordFile}`
        : existsSync(this.path)
          ? 'it is a file'
          : 'the folder does not exist';
      throw new CheckpointError(`${this.path}: not a run, ${what}. Give a folder that \`tessera train\` wrote.`);
    }
    const record = parseRecord(file);
    const fault = recordFault(record);
    if (fault === undefined) return record as RunRecord;
    throw new CheckpointError(
      `${file}: must hold the record of a run, got a fault at ${fault}. The file is damaged or of another version of Tessera; copy the run folder again.`,
    );
  }

  /** Replaces run.json atomically, then removes checkpoints that it no longer points to. */
  write(record: RunRecord): void {
    this.writeFile(recordFile, JSON.stringify(record, undefined, 2));
    const kept = new Set(Object.values(record.checkpoints));
    const folder = join(this.path, checkpointFolder);
    for (const name of existsSync(folder) ? readdirSync(folder) : []) {
      if (!kept.has(name)) rmSync(join(folder, name), { recursive: true });
    }
  }

  placeOf(name: string): string {
    return join(this.path, name);
  }

  /** Replaces a file of the run atomically. Throws CheckpointError, and leaves the former file, when that fails. */
  writeFile(name: string, text: string): void {
    const file = join(this.path, name);
    const temporary = `${file}${partial}${process.pid}`;
    try {
      writeFileSync(temporary, text);
      renameSync(temporary, file);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw new CheckpointError(
        `${file}: cannot be written, ${writeFault(error)}. What was there is untouched; mend that and try again, a training with --resume.`,
        { cause: error },
      );
    }
  }

  /** Writes the hashes of the data's files; returns what the record says of them. */
  writeListing(listing: DataListing): NonNullable<RunData['files']> {
    const text = renderListing(listing);
    this.writeFile(listingFile, text);
    return { count: listing.length, sha256: sha256(text) };
  }

  /**
   * The hashes of the data's files; undefined for a run that recorded none.
   * @throws CheckpointError when they are lost, or not those that run.json tells of
   */
  readListing(): DataListing | undefined {
    const { files } = this.read().data;
    if (!files) return undefined;
    const file = join(this.path, listingFile);
    const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
    if (sha256(text) === files.sha256) return parseListing(text, file);
    throw new CheckpointError(
      `${file}: must be the list of hashes that ${recordFile} tells of, got ${existsSync(file) ? 'another' : 'no such file'}. Copy the whole run folder again.`,
    );
  }

  /** Removes run.json, so that the folder is no run any more. */
  removeRecord(): void {
    for (const name of ownFiles) rmSync(join(this.path, name), { force: true });
  }

  /** Folder of a checkpoint by name. */
  checkpointPath(name: string): string {
    return join(this.path, checkpointFolder, name);
  }

  /** Opens the checkpoint that the run keeps, or the one asked for. */
  open(which?: 'best' | 'last'): OpenCheckpoint {
    const record = this.read();
    const name = record.checkpoints[which ?? record.keep] ?? record.checkpoints.last ?? record.checkpoints.best;
    if (name === undefined)
      throw new CheckpointError(
        `${this.path}: the run has no checkpoint yet. Wait until its first epoch has ended; if nothing trains it any more, train anew with --overwrite.`,
      );
    return this.openAt(this.checkpointPath(name));
  }

  /** Opens one of its checkpoints by its folder, with the modules that its spec names where they are now. */
  openAt(folder: string): OpenCheckpoint {
    const { baseFolder, baseFromRun } = this.read();
    const places = [...(baseFromRun === undefined ? [] : [resolve(this.path, baseFromRun)]), baseFolder];
    const saved = openCheckpoint(folder);
    return { ...saved, spec: withPluginsFound(saved.spec, places) };
  }
}
