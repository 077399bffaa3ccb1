/**
 * Image encoders: ResNet 18 to 152, adaptive pooling, preprocessing.
 *
 * @module @tessera/vision
 */
export { visionPlugin } from './visionPlugin.js';
export { createResnetEncoder, defineResnet } from './resnet/defineResnet.js';
export { ResNet, type ResnetOptions, type ResnetStage } from './resnet/resnet.js';
export { ResnetEncoder, type PoolOptions } from './resnet/resnetEncoder.js';
export { resnetPresets, type ResnetName, type ResnetPreset } from './resnet/resnetPresets.js';
export { resnetSchema } from './resnet/resnetSchema.js';
export {
  ImagePreparation,
  type ImageBatch,
  type ImagePreparationOptions,
  type PreparedImage,
} from './input/imagePreparation.js';
export {
  imageInputSchema,
  toRenderPlan,
  type ImageInputOptions,
  type RenderPlanOptions,
} from './input/imageInputSchema.js';
export {
  fitNormalization,
  normalizations,
  resolveNormalization,
  type Normalization,
  type NormalizationChoice,
  type PerChannel,
} from './input/normalization.js';
export { augmentSchema, type AugmentOptions } from './augment/augmentSchema.js';
export { imageDecoder, type ImageDecoder, type PictureInfo } from './picture/imageDecoder.js';
export { isRawPixels, type RawImage, type RawPixels } from './picture/rawImage.js';
export { renderPicture } from './picture/renderPicture.js';
export {
  interpolations,
  type Interpolation,
  type Picture,
  type RenderPlan,
  type RgbColor,
  type RgbPixels,
} from './picture/renderPlan.js';
