// Layer normalisation (Ba et al. 2016) over the last axis. Legend: D normalised size, M rows.
import { add, mean, mul, reshape, rsqrt, square, sub, sum, tidy, type Tensor } from '@tensorflow/tfjs-core';
import { ShapeError } from '@tessera/core';
import { defineKernelOp, exactly, single } from './kernelOp.js';
import { shapeText } from './shapeText.js';

interface LayerNormAttributes {
  readonly epsilon: number;
}

const gradientKernel = defineKernelOp<object>({
  name: 'TesseraLayerNormGrad',
  composite: (inputs) => {
    const { dy, x, scale, average, inverseStd } = inputs as unknown as GradientInputs;
    const rows = x.shape[0];
    const column = [rows, 1];
    const normalised = mul(sub(x, reshape(average, column)), reshape(inverseStd, column)); // [M, D]
    const dNormalised = mul(dy, scale);
    const meanOf = (t: Tensor) => mean(t, -1, true);
    const projected = add(meanOf(dNormalised), mul(normalised, meanOf(mul(dNormalised, normalised))));
    const dx = mul(sub(dNormalised, projected), reshape(inverseStd, column));
    return [dx, sum(mul(dy, normalised), 0), sum(dy, 0)];
  },
});

interface GradientInputs {
  readonly dy: Tensor;
  readonly x: Tensor;
  readonly scale: Tensor;
  readonly average: Tensor;
  readonly inverseStd: Tensor;
}

const layerNormKernel = defineKernelOp<LayerNormAttributes>({
  name: 'TesseraLayerNorm',
  composite: ({ x, scale, offset }, { epsilon }) => {
    const average = mean(x as Tensor, -1, true); // [M, 1]
    const centred = sub(x as Tensor, average);
    const inverseStd = rsqrt(add(mean(square(centred), -1, true), epsilon));
    const y = add(mul(mul(centred, inverseStd), scale as Tensor), offset as Tensor);
    return [y, reshape(average, [-1]), reshape(inverseStd, [-1])];
  },
  inputsToSave: ['x', 'scale'],
  outputsToSave: [false, true, true],
  gradient: ([dy], [x, scale, average, inverseStd]) => {
    const inputs = { dy, x, scale, average, inverseStd } as unknown as Record<string, Tensor>;
    const [dx, dScale, dOffset] = exactly(gradientKernel(inputs, {}), 3);
    return { x: () => dx, scale: () => dScale, offset: () => dOffset };
  },
});

/**
 * (x - mean) / sqrt(variance + epsilon) · scale + offset, mean and biased variance over the last axis.
 * @param x - [..., D] float32
 * @param scale - [D]
 * @param offset - [D]
 * @returns [..., D]
 * @throws ShapeError when scale or offset are not [D]
 */
export function layerNorm(x: Tensor, scale: Tensor, offset: Tensor, epsilon: number): Tensor {
  const size = x.shape.at(-1);
  if (size === undefined || scale.size !== size || offset.size !== size) {
    throw new ShapeError(
      `layerNorm: scale and offset must be [D], got x=${shapeText(x)}, scale=${shapeText(scale)}, offset=${shapeText(offset)}.`,
    );
  }
  return tidy(() => {
    const rows = x.rank === 2 ? x : reshape(x, [-1, size]);
    const y = single(layerNormKernel({ x: rows, scale, offset }, { epsilon }));
    return x.rank === 2 ? y : reshape(y, x.shape);
  });
}
