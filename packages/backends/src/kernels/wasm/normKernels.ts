// Batch and layer normalisation. Legend: R rows, C channels or normalised size.
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { input, sizes, wasmKernel } from './wasmKernel.js';

const batchNorm = wasmKernel<{ epsilon: number; relu: boolean }>(
  'TesseraBatchNorm',
  ({ inputs, attributes, context }) => {
    const [x, scale, offset] = [input({ inputs }, 'x'), input({ inputs }, 'scale'), input({ inputs }, 'offset')];
    const [rows = 0, channels = 0] = sizes(x, 2);
    const residual = inputs['residual'] ? context.address(inputs['residual']) : 0;
    const y = context.output([rows, channels]);
    const vectors = [0, 1, 2].map(() => context.output([channels])) as [TensorInfo, TensorInfo, TensorInfo];
    const [mean, variance, inverseStd] = vectors.map((tensor) => context.address(tensor)) as [number, number, number];
    const factor = context.scratch(8 * channels);
    const shift = factor + 4 * channels;
    const { functions } = context;
    functions.batchStatistics(context.address(x), rows, channels, attributes.epsilon, mean, variance, inverseStd);
    functions.foldStatistics(
      context.address(scale),
      context.address(offset),
      mean,
      inverseStd,
      channels,
      factor,
      shift,
    );
    functions.affine(
      context.address(x),
      residual,
      context.address(y),
      rows,
      channels,
      factor,
      shift,
      attributes.relu ? 1 : 0,
    );
    return [y, ...vectors];
  },
);

const batchNormGradient = wasmKernel<{ relu: boolean; residual: boolean }>('TesseraBatchNormGrad', (call) => {
  const { context, attributes } = call;
  const [rows = 0, channels = 0] = sizes(input(call, 'x'), 2);
  const at = (name: string) => context.address(input(call, name));
  const [dx, dScale, dOffset] = [
    context.output([rows, channels]),
    context.output([channels]),
    context.output([channels]),
  ];
  const dSum = attributes.residual ? [context.output([rows, channels])] : [];
  context.functions.batchNormGradient(
    at('dy'),
    at('x'),
    attributes.relu ? at('y') : 0,
    rows,
    channels,
    at('scale'),
    at('average'),
    at('inverseStd'),
    context.address(dx),
    context.address(dScale),
    context.address(dOffset),
    dSum[0] ? context.address(dSum[0]) : 0,
    context.scratch(4 * (3 * channels + 4)),
  );
  return [dx, dScale, dOffset, ...dSum];
});

const affine = wasmKernel<{ relu: boolean }>('TesseraAffine', (call) => {
  const { context, attributes, inputs } = call;
  const x = input(call, 'x');
  const [rows = 0, channels = 0] = sizes(x, 2);
  const residual = inputs['residual'] ? context.address(inputs['residual']) : 0;
  const y = context.output([rows, channels]);
  const [factor, shift] = [context.address(input(call, 'scale')), context.address(input(call, 'offset'))];
  context.functions.affine(
    context.address(x),
    residual,
    context.address(y),
    rows,
    channels,
    factor,
    shift,
    attributes.relu ? 1 : 0,
  );
  return y;
});

const layerNorm = wasmKernel<{ epsilon: number }>('TesseraLayerNorm', (call) => {
  const { context, attributes } = call;
  const x = input(call, 'x');
  const [rows = 0, size = 0] = sizes(x, 2);
  const [y, mean, inverseStd] = [context.output([rows, size]), context.output([rows]), context.output([rows])];
  const at = (tensor: TensorInfo) => context.address(tensor);
  const [scale, offset] = [at(input(call, 'scale')), at(input(call, 'offset'))];
  context.functions.layerNorm(at(x), scale, offset, rows, size, attributes.epsilon, at(y), at(mean), at(inverseStd));
  return [y, mean, inverseStd];
});

const layerNormGradient = wasmKernel('TesseraLayerNormGrad', (call) => {
  const { context } = call;
  const [rows = 0, size = 0] = sizes(input(call, 'x'), 2);
  const [dx, dScale, dOffset] = [context.output([rows, size]), context.zeros([size]), context.zeros([size])];
  const at = (name: string) => context.address(input(call, name));
  context.functions.layerNormGradient(
    at('dy'),
    at('x'),
    at('scale'),
    at('average'),
    at('inverseStd'),
    rows,
    size,
    context.address(dx),
    context.address(dScale),
    context.address(dOffset),
  );
  return [dx, dScale, dOffset];
});

/** Normalisations. */
export const normKernels = [batchNorm, batchNormGradient, affine, layerNorm, layerNormGradient];
