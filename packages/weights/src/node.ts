/**
 * Reading and writing files of weights: safetensors, PyTorch checkpoints, several files with an index.
 *
 * @module @tessera/weights/node
 */
export { fetchFromHub, type HubFile, type HubOptions } from './hub/fetchFromHub.js';
export { openTensors } from './openTensors.js';
export { mapWeights, openWeights, ownWeights } from './openWeights.js';
export { PytorchFile } from './pytorchFile.js';
export { SafetensorsFile, writeSafetensors, type NamedValues } from './safetensorsFile.js';
export { ShardedFile } from './shardedFile.js';
export type { TensorFile, TensorInfo } from './tensorFile.js';
export { ZipFile } from './zipFile.js';
export type { ZipKind } from './zipDirectory.js';
export { writeZip, type NewMember, type ZipWriteOptions } from './zipWriter.js';
export { ByteFile, type FileSection } from './byteFile.js';
