/**
 * The numeric operations the layers are made of. Each is right on every TensorFlow.js backend through ordinary
 * operations, and runs as one fused kernel where `@tessera/backends` registered it. All can be called inside `tf.tidy`
 * and `tf.variableGrads`, read nothing back to JavaScript, borrow their arguments and leave only what they return.
 */
import { registerGradients } from './gradients/registerGradients.js';

export { adamWUpdate, type AdamWInputs, type AdamWState } from './adamWUpdate.js';
export { adaptivePool2d, poolBins, type PoolBin, type PoolKind } from './adaptivePool2d.js';
export { attention, type AttentionOptions, type AttentionResult } from './attention.js';
export { batchNormInference, batchNormTrain, type BatchNormOptions, type BatchNormTrainResult } from './batchNorm.js';
export { batchNormCounted, type CountedStatistics } from './batchNormCounted.js';
export { blend, type BlendWeights } from './blend.js';
export { conv2d, type Conv2dOptions, type Padding } from './conv2d.js';
export { dropout } from './dropout.js';
export { gather } from './gather.js';
export { gelu } from './gelu.js';
export { layerNorm } from './layerNorm.js';
export { linear } from './linear.js';
export { matMul, type MatMulOptions } from './matMul.js';
export { maxPool2d, type MaxPool2dOptions } from './maxPool2d.js';
export { statelessUniform } from './statelessUniform.js';
export { sumOfSquares } from './sumOfSquares.js';
export { registerGradients };
