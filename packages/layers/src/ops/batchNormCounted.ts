// Batch normalisation whose statistics are taken over some rows only: those of samples that have the modality. All rows
// are normalised, so that shapes do not depend on how many count. Legend: C channels, R rows (all leading axes together).
import {
  add,
  mul,
  relu,
  reshape,
  rsqrt,
  square,
  sub,
  sum,
  tidy,
  type NamedTensorMap,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { ShapeError } from '@tessera/core';
import { throughRelu, type BatchNormOptions, type BatchNormTrainResult } from './batchNorm.js';
import { defineKernelOp, exactly, single } from './kernelOp.js';
import { shapeText } from './shapeText.js';

/** What statistics count and what stands for them where nothing does. */
export interface CountedStatistics {
  /** [R, 1], the share of each row in the statistics; they sum to 1, or are all 0 where no row counts. */
  readonly shares: Tensor;
  /** Scalar: 1, or 0 where no row counts. */
  readonly any: Tensor;
  /** [C], what is normalised by where no row counts. */
  readonly runningMean: Tensor;
  /** [C] */
  readonly runningVariance: Tensor;
}

interface GradientInputs {
  readonly dy: Tensor;
  readonly x: Tensor;
  readonly y: Tensor;
  readonly scale: Tensor;
  readonly shares: Tensor;
  readonly average: Tensor;
  readonly inverseStd: Tensor;
}

interface CountedAttributes {
  readonly epsilon: number;
  readonly relu: boolean;
  readonly residual: boolean;
}

/** Outputs dx, dScale, dOffset and, for a residual, the gradient before the activation, which is the residual's. */
const countedGradient = defineKernelOp<Omit<CountedAttributes, 'epsilon'>>({
  name: 'TesseraBatchNormCountedGrad',
  composite: (inputs, { relu: withRelu, residual }) => {
    const { dy, x, y, scale, shares, average, inverseStd } = inputs as unknown as GradientInputs;
    const dSum = withRelu ? throughRelu(dy, y) : dy.clone();
    const normalised = mul(sub(x, average), inverseStd); // [R, C]
    const dScale = sum(mul(dSum, normalised), 0);
    const dOffset = sum(dSum, 0);
    const projected = mul(shares, add(dOffset, mul(normalised, dScale)));
    const dx = mul(sub(dSum, projected), mul(scale, inverseStd));
    return residual ? [dx, dScale, dOffset, dSum] : [dx, dScale, dOffset];
  },
});

const countedKernel = defineKernelOp<CountedAttributes>({
  name: 'TesseraBatchNormCounted',
  composite: (inputs, { epsilon, relu: withRelu }) => {
    const { x, scale, offset, shares, any, runningMean, runningVariance } = inputs as Record<string, Tensor>;
    const rows = x as Tensor;
    const none = sub(1, any as Tensor);
    const average = add(sum(mul(rows, shares as Tensor), 0), mul(none, runningMean as Tensor)); // [C]
    const centred = sub(rows, average); // [R, C]
    const own = sum(mul(square(centred), shares as Tensor), 0);
    const variance = add(own, mul(none, runningVariance as Tensor)); // [C]
    const inverseStd = rsqrt(add(variance, epsilon));
    const normalised = add(mul(centred, mul(scale as Tensor, inverseStd)), offset as Tensor);
    const joined = inputs['residual'] ? add(normalised, inputs['residual']) : normalised;
    return [withRelu ? relu(joined) : joined, average, variance, inverseStd];
  },
  inputsToSave: ['x', 'scale', 'shares'],
  outputsToSave: [true, true, false, true],
  gradient: ([dy], [x, scale, shares, y, average, inverseStd], { relu: withRelu, residual }) => {
    const inputs = { dy, x, y, scale, shares, average, inverseStd } as unknown as NamedTensorMap;
    const outputs = countedGradient(inputs, { relu: withRelu, residual });
    const [dx, dScale, dOffset] = exactly(outputs.slice(0, 3), 3);
    const gradients = { x: () => dx, scale: () => dScale, offset: () => dOffset };
    return residual ? { ...gradients, residual: () => single(outputs.slice(3)) } : gradients;
  },
});

/**
 * Normalises by the mean and biased variance of the rows that count, or by the running ones where none does.
 * @param x - [..., C] float32
 * @param scale - [C]
 * @param offset - [C]
 * @returns y with gradient, and the statistics without
 * @throws ShapeError when there is not one share for each row
 */
export function batchNormCounted(
  x: Tensor,
  scale: Tensor,
  offset: Tensor,
  epsilon: number,
  { shares, any, runningMean, runningVariance, ...options }: CountedStatistics & BatchNormOptions,
): BatchNormTrainResult {
  const channels = x.shape.at(-1) ?? 1;
  if (shares.size * channels !== x.size) {
    throw new ShapeError(
      `batchNormCounted: shares must be [R, 1] for x [R, C], got x=${shapeText(x)}, shares=${shapeText(shares)}.`,
    );
  }
  return tidy(() => {
    const rows = (tensor: Tensor): Tensor => reshape(tensor, [-1, channels]);
    const inputs: NamedTensorMap = {
      ...{ x: rows(x), scale, offset, shares, any, runningMean, runningVariance },
      ...(options.residual && { residual: rows(options.residual) }),
    };
    const attributes = { epsilon, relu: options.activation === 'relu', residual: options.residual !== undefined };
    const [y, average, variance] = exactly(countedKernel(inputs, attributes), 4);
    return { y: reshape(y, x.shape), mean: average, variance };
  });
}
