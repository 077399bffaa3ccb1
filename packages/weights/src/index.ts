/**
 * safetensors and foreign checkpoint layouts.
 *
 * @module @tessera/weights
 */
export {
  convolutionAxes,
  foreignName,
  linearAxes,
  ourPath,
  readThroughLayout,
  writeThroughLayout,
  type ForeignTensors,
  type Layout,
  type LayoutEntry,
  type LazyTensor,
} from './layout.js';
export { convertTensors, type Conversion } from './convertTensors.js';
export { isHubLocation, isPinOf, parseHubLocation, type HubLocation } from './hubLocation.js';
export {
  isOwnName,
  findLayout,
  knownLayouts,
  type FoundLayout,
  type KnownLayout,
  type LayoutPlace,
} from './knownLayouts.js';
export { huggingFaceBert } from './layouts/huggingFaceBert.js';
export { huggingFaceResnet } from './layouts/huggingFaceResnet.js';
export { huggingFaceWhisper } from './layouts/huggingFaceWhisper.js';
export { mmbtHuggingFace } from './layouts/mmbtHuggingFace.js';
export { mmbtOriginal, type MmbtNames } from './layouts/mmbtOriginal.js';
export { mmbtOriginalResnet, torchvisionResnet } from './layouts/torchvisionResnet.js';
export { readPickle, type PickleFault, type PickleObject, type PickleValue, type PickleVocabulary } from './pickle.js';
export type { TensorFile, TensorInfo } from './tensorFile.js';
