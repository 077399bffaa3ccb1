// Batch normalisation (Ioffe and Szegedy 2015) with torch.nn.BatchNorm2d's meaning, over all axes but the last. The
// residual sum and ReLU that follow it in a ResNet block can be taken along, which saves passes over memory.
// Legend: C channels, R rows (all leading axes together).
import {
  add,
  greater,
  mean,
  mul,
  relu,
  reshape,
  rsqrt,
  square,
  sub,
  sum,
  tidy,
  cast,
  type NamedTensorMap,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { ShapeError } from '@tessera/core';
import { defineKernelOp, exactly, single } from './kernelOp.js';
import { shapeText } from './shapeText.js';

/** What follows the normalisation inside the same operation. */
export interface BatchNormOptions {
  /** Added after the normalisation, before the activation; shaped like x. */
  readonly residual?: Tensor;
  /** Applied last. */
  readonly activation?: 'relu';
}

/** Result of normalising by the statistics of the batch. */
export interface BatchNormTrainResult {
  /** Shaped like x. */
  readonly y: Tensor;
  /** [C], carries no gradient. */
  readonly mean: Tensor;
  /** [C], biased (divided by R); PyTorch's running variance takes it times R/(R-1). Carries no gradient. */
  readonly variance: Tensor;
}

interface TrainAttributes {
  readonly epsilon: number;
  readonly relu: boolean;
  readonly residual: boolean;
}

interface TrainGradientInputs {
  readonly dy: Tensor;
  readonly x: Tensor;
  readonly y: Tensor;
  readonly scale: Tensor;
  readonly average: Tensor;
  readonly inverseStd: Tensor;
}

const reluGradient = defineKernelOp<object>({
  name: 'TesseraReluGrad',
  composite: ({ dy, y }) => [mul(dy as Tensor, cast(greater(y as Tensor, 0), 'float32'))],
});

/** dy where ReLU let the value through. */
export const throughRelu = (dy: Tensor, y: Tensor): Tensor => single(reluGradient({ dy, y }, {}));

const finish = (normalised: Tensor, residual: Tensor | undefined, withRelu: boolean): Tensor => {
  const joined = residual ? add(normalised, residual) : normalised;
  return withRelu ? relu(joined) : joined;
};

/** Outputs dx, dScale, dOffset and, for a residual, the gradient before the activation, which is the residual's. */
const trainGradient = defineKernelOp<{ readonly relu: boolean; readonly residual: boolean }>({
  name: 'TesseraBatchNormGrad',
  composite: (inputs, attributes) => {
    const { dy, x, y, scale, average, inverseStd } = inputs as unknown as TrainGradientInputs;
    const dNormal = attributes.relu ? throughRelu(dy, y) : dy.clone();
    const normalised = mul(sub(x, average), inverseStd); // [R, C]
    const dScale = sum(mul(dNormal, normalised), 0);
    const dOffset = sum(dNormal, 0);
    const rows = x.shape[0];
    const projected = mul(add(dOffset, mul(normalised, dScale)), 1 / rows);
    const dx = mul(sub(dNormal, projected), mul(scale, inverseStd));
    return attributes.residual ? [dx, dScale, dOffset, dNormal] : [dx, dScale, dOffset];
  },
});

const trainKernel = defineKernelOp<TrainAttributes>({
  name: 'TesseraBatchNorm',
  composite: (inputs, { epsilon, relu: withRelu }) => {
    const [x, scale, offset] = [inputs['x'] as Tensor, inputs['scale'] as Tensor, inputs['offset'] as Tensor];
    const average = mean(x, 0);
    const centred = sub(x, average);
    const variance = mean(square(centred), 0);
    const inverseStd = rsqrt(add(variance, epsilon));
    const normalised = add(mul(centred, mul(scale, inverseStd)), offset);
    return [finish(normalised, inputs['residual'], withRelu), average, variance, inverseStd];
  },
  inputsToSave: ['x', 'scale'],
  outputsToSave: [true, true, false, true],
  gradient: ([dy], [x, scale, y, average, inverseStd], { relu: withRelu, residual }) => {
    const inputs = { dy, x, y, scale, average, inverseStd } as unknown as NamedTensorMap;
    const outputs = trainGradient(inputs, { relu: withRelu, residual });
    const [dx, dScale, dOffset] = exactly(outputs.slice(0, 3), 3);
    const gradients = { x: () => dx, scale: () => dScale, offset: () => dOffset };
    return residual ? { ...gradients, residual: () => single(outputs.slice(3)) } : gradients;
  },
});

const affineKernel = defineKernelOp<{ readonly relu: boolean }>({
  name: 'TesseraAffine',
  composite: ({ x, scale, offset, residual }, { relu: withRelu }) => [
    finish(add(mul(x as Tensor, scale as Tensor), offset as Tensor), residual, withRelu),
  ],
  inputsToSave: ['x', 'scale'],
  outputsToSave: [true],
  gradient: ([dy], [x, scale, y], { relu: withRelu }) => {
    const dSum = withRelu ? throughRelu(dy as Tensor, y as Tensor) : (dy as Tensor).clone();
    return {
      x: () => mul(dSum, scale as Tensor),
      scale: () => sum(mul(dSum, x as Tensor), 0),
      offset: () => sum(dSum, 0),
      residual: () => dSum.clone(),
    };
  },
});

/**
 * Normalises by the mean and biased variance of the batch: (x - mean)/√(variance + epsilon)·scale + offset.
 * @param x - [..., C] float32, normalised over all axes but the last
 * @param scale - [C]
 * @param offset - [C]
 * @returns y with gradient, and the statistics without
 * @throws ShapeError when scale, offset or residual don't fit
 */
export function batchNormTrain(
  x: Tensor,
  scale: Tensor,
  offset: Tensor,
  epsilon: number,
  options: BatchNormOptions = {},
): BatchNormTrainResult {
  const channels = checkChannels('batchNormTrain', x, { scale, offset }, options.residual);
  return tidy(() => {
    const inputs = { x: asRows(x, channels), scale, offset, ...residualRows(options, channels) };
    const attributes = { epsilon, relu: options.activation === 'relu', residual: options.residual !== undefined };
    const [y, average, variance] = exactly(trainKernel(inputs, attributes), 4);
    return { y: reshape(y, x.shape), mean: average, variance };
  });
}

/**
 * Normalises by given statistics, with gradients to x, scale, offset and residual.
 * @param x - [..., C] float32
 * @param mean - [C] running mean
 * @param variance - [C] running variance
 * @returns shaped like x
 * @throws ShapeError when the vectors or the residual don't fit
 */
export function batchNormInference(
  x: Tensor,
  mean: Tensor,
  variance: Tensor,
  scale: Tensor,
  offset: Tensor,
  epsilon: number,
  options: BatchNormOptions = {},
): Tensor {
  const channels = checkChannels('batchNormInference', x, { mean, variance, scale, offset }, options.residual);
  return tidy(() => {
    const factor = mul(scale, rsqrt(add(variance, epsilon))); // [C]
    const shift = sub(offset, mul(mean, factor));
    const inputs = { x: asRows(x, channels), scale: factor, offset: shift, ...residualRows(options, channels) };
    return reshape(single(affineKernel(inputs, { relu: options.activation === 'relu' })), x.shape);
  });
}

const asRows = (x: Tensor, channels: number): Tensor => (x.rank === 2 ? x : reshape(x, [-1, channels]));

const residualRows = ({ residual }: BatchNormOptions, channels: number): NamedTensorMap =>
  residual ? { residual: asRows(residual, channels) } : {};

function checkChannels(
  where: string,
  x: Tensor,
  vectors: Record<string, Tensor>,
  residual: Tensor | undefined,
): number {
  const channels = x.shape.at(-1);
  for (const [name, vector] of Object.entries(vectors)) {
    if (channels === undefined || vector.size !== channels) {
      throw new ShapeError(`${where}: ${name} must be [C], got x=${shapeText(x)}, ${name}=${shapeText(vector)}.`);
    }
  }
  if (channels === undefined || (residual && residual.size !== x.size)) {
    throw new ShapeError(
      `${where}: residual must be shaped like x, got x=${shapeText(x)}, residual=${residual ? shapeText(residual) : 'none'}.`,
    );
  }
  return channels;
}
