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
export { huggingFaceBert } from './layouts/huggingFaceBert.js';
export { mmbtHuggingFace } from './layouts/mmbtHuggingFace.js';
export { mmbtOriginal, type MmbtNames } from './layouts/mmbtOriginal.js';
export { mmbtOriginalResnet, torchvisionResnet } from './layouts/torchvisionResnet.js';
