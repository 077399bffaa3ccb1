/**
 * What needs Node's files, for decoders of media.
 *
 * @module @tessera/core/node
 */
export {
  describeBytes,
  describeFile,
  nameOfBytes,
  readStart,
  unreadableFile,
  type Encoded,
  type MediumName,
} from './node/mediaFile.js';
