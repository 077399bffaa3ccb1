/**
 * Installing native TensorFlow.
 *
 * @module @tessera/backends/node
 */
export { installNative, type InstallOptions, type InstallResult } from './native/install/installNative.js';
export { removeInstalls, type RemoveOptions } from './native/install/removeInstalls.js';
export {
  listInstalls,
  nativeCache,
  usableInstalls,
  type BrokenInstall,
  type NativeInstall,
  type NativeVariant,
} from './native/nativeInstalls.js';
