import type { ParameterSource } from './contracts/parameters.js';
import type { AssetsByPath } from './model/fitAssets.js';
import { token } from './token.js';

/** What a saved model consists of. */
export interface SavedModel {
  /** The spec, as a user would write it. */
  readonly spec: unknown;
  readonly assets: AssetsByPath;
  readonly parameters: ParameterSource;
}

/** Reads saved models; on Node, `createWorkbench` of the package `tessera` binds one that reads run folders. */
export interface CheckpointReader {
  /** Reads a run or checkpoint. Throws CheckpointError when it is missing, incomplete or damaged. */
  read(location: string): Promise<SavedModel>;
  /** Opens a source of parameters alone: a run folder or a safetensors file. */
  readParameters(location: string): Promise<ParameterSource>;
}

/** Token of the {@link CheckpointReader}. */
export const checkpointReader = token<CheckpointReader>('tessera.CheckpointReader', 'a reader of saved models');
