/**
 * Installing native TensorFlow.
 *
 * @module @tessera/backends/node
 */
export { installNative, type InstallOptions, type InstallResult } from './native/install/installNative.js';
export { compileBinding, type CompileOptions } from './native/install/compileBinding.js';
export { listInstalls, type BrokenInstall, type NativeInstall, type NativeVariant } from './native/nativeInstalls.js';
