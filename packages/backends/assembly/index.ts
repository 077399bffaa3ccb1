export { gemmOuter, gemmRows, pack } from './gemm';
export { repeatOffsets } from './convolution';
export { gelu, geluGradient, reluGradient } from './activation';
export { affine, batchNormGradient, batchStatistics, foldStatistics, sumRows } from './batchNorm';
export { layerNorm, layerNormGradient } from './layerNorm';
export { dropout, uniform } from './random';
export { attentionContext, attentionGradient, attentionProbabilities, attentionScratch } from './attention';
export { addRowsById, adamW, rowsById, sumOfSquares } from './update';
export { adaptivePool, adaptivePoolGradient, maxPoolGradient } from './pooling';
