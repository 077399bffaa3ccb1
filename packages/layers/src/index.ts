/**
 * TensorFlow.js building blocks: linear, norms, attention, transformer, convolution, embeddings, dropout.
 *
 * @module @tessera/layers
 */
export { BatchNorm } from './batchNorm.js';
export { Bert, BertBackbone, type BertInput, type BertOptions, type BertResult } from './bert.js';
export { Conv2d, type Conv2dLayerOptions } from './conv2d.js';
export { Dropout } from './dropout.js';
export { Embedding, type EmbeddingOptions } from './embedding.js';
export { FeedForward } from './feedForward.js';
export { headSizeOf } from './headSize.js';
export { LayerNorm } from './layerNorm.js';
export { Linear, type LinearOptions } from './linear.js';
export { Pooler } from './pooler.js';
export { SelfAttention, type SelfAttentionOptions, type SelfAttentionResult } from './selfAttention.js';
export { growSegments } from './growSegments.js';
export { SequenceEmbeddings, type SequenceEmbeddingsOptions } from './sequenceEmbeddings.js';
export { tidyRecord } from './tidyRecord.js';
export { trainingContext, type TrainingContext, type TrainingContextOptions } from './trainingContext.js';
export {
  TransformerEncoder,
  type TransformerEncoderOptions,
  type TransformerEncoderResult,
} from './transformerEncoder.js';
export { TransformerLayer, type TransformerLayerOptions } from './transformerLayer.js';
export * from './ops/index.js';
