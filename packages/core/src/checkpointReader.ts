import type { ParameterSource } from './contracts/parameters.js';
import type { Logger } from './logger.js';
import type { AssetsByPath } from './model/fitAssets.js';
import { token } from './token.js';

/** What a saved model consists of. */
export interface SavedModel {
  /** The spec, as a user would write it. */
  readonly spec: unknown;
  readonly assets: AssetsByPath;
  readonly parameters: ParameterSource;
  /** Where it lies, if on a disk: plugins are looked for from there too. */
  readonly folder?: string;
  /** Whether modules that the spec names under `plugins` may be run: not of a file from elsewhere. True if left out. */
  readonly runsModules?: boolean;
}

/** Reads saved models; on Node, `createWorkbench` of the package `tessera` binds one that reads run folders. */
export interface CheckpointReader {
  /** Reads a run or checkpoint. Throws CheckpointError when it is missing, incomplete or damaged. */
  read(location: string): Promise<SavedModel>;
  /**
   * Opens a source of parameters alone: a run, or weights in a file, in a folder or on a hub.
   * @throws CheckpointError when it is not there, damaged, or of a layout that is not known
   */
  readParameters(location: string, request: InitialRequest): Promise<InitialSource>;
}

/** What {@link CheckpointReader.readParameters} is to find. */
export interface InitialRequest {
  /** Path of the parameters that are looked for, such as `fusion`. */
  readonly prefix: string;
  /** Whose names the file has; found out if left out. */
  readonly layout?: string;
  /** Told how far a download is, and what the user should know of it. */
  readonly logger?: Logger;
}

/** Parameters that a model starts from. */
export interface InitialSource extends ParameterSource {
  /** Whose names the file has, for messages; left out for a run. */
  readonly layout?: string;
  /** Where exactly the values came from, such as a hub's repository at a revision; `description` if left out. */
  readonly location?: string;
  /** The run that it is, whose vocabularies and labels a model that it grows into takes over. */
  readonly saved?: Pick<SavedModel, 'spec' | 'assets'>;
  /** Whether the file would have the path: a layout of BERT has no projections of pictures. Every path if left out. */
  covers?(path: string): boolean;
  /** Names in the file that a model had no use for. */
  unused?(): readonly string[];
}

/** Token of the {@link CheckpointReader}. */
export const checkpointReader = token<CheckpointReader>('tessera.CheckpointReader', 'a reader of saved models');
