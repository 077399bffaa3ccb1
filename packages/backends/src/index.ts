/**
 * Open and inspect TensorFlow.js backends; kernels a backend lacks.
 *
 * @module @tessera/backends
 */
export { backendVersions, openBackend, type OpenBackendOptions, type OpenedBackend } from './openBackend.js';
export { inspectBackends, type BackendReport } from './inspectBackends.js';
export type { AxisFilter, EncodedPicture, PictureRenderer } from './native/nativePictures.js';
export {
  backendNames,
  type Availability,
  type BackendName,
  type CaptureOptions,
  type ComputeOptions,
} from './provider.js';
