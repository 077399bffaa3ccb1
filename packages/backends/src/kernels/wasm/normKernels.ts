// Batch and layer normalisation. Legend: R rows, C channels or normalised size.
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { input, sizes, wasmKernel, type KernelCall } from './wasmKernel.js';

interface NormAttributes {
  readonly epsilon: number;
  readonly relu: boolean;
}

/** Statistics into three vectors at the given addresses; `work` holds a row. */
type Statistics = (vectors: readonly [mean: number, variance: number, inverseStd: number], work: number) => void;

/** y, mean, variance and 1/√(variance + epsilon). */
function normalise(call: KernelCall<NormAttributes>, statistics: Statistics): TensorInfo[] {
  const { inputs, attributes, context } = call;
  const at = (name: string) => context.address(input(call, name));
  const [rows = 0, channels = 0] = sizes(input(call, 'x'), 2);
  const residual = inputs['residual'] ? context.address(inputs['residual']) : 0;
  const y = context.output([rows, channels]);
  const vectors = [context.output([channels]), context.output([channels]), context.output([channels])];
  const [mean = 0, variance = 0, inverseStd = 0] = vectors.map((tensor) => context.address(tensor));
  const factor = context.scratch(8 * channels);
  const shift = factor + 4 * channels;
  statistics([mean, variance, inverseStd], factor);
  context.functions.foldStatistics(at('scale'), at('offset'), mean, inverseStd, channels, factor, shift);
  const relu = attributes.relu ? 1 : 0;
  context.functions.affine(at('x'), residual, context.address(y), rows, channels, factor, shift, relu);
  return [y, ...vectors];
}

const batchNorm = wasmKernel<NormAttributes>('TesseraBatchNorm', (call) => {
  const x = input(call, 'x');
  const [rows = 0, channels = 0] = sizes(x, 2);
  const { context, attributes } = call;
  return normalise(call, (vectors) =>
    context.functions.batchStatistics(context.address(x), rows, channels, attributes.epsilon, ...vectors),
  );
});

const batchNormCounted = wasmKernel<NormAttributes>('TesseraBatchNormCounted', (call) => {
  const [rows = 0, channels = 0] = sizes(input(call, 'x'), 2);
  const { context, attributes } = call;
  const at = (name: string) => context.address(input(call, name));
  return normalise(call, (vectors, work) =>
    context.functions.countedStatistics(
      ...[at('x'), at('shares'), at('any'), at('runningMean'), at('runningVariance')],
      ...[rows, channels, attributes.epsilon, ...vectors, work],
    ),
  );
});

interface GradientAttributes {
  readonly relu: boolean;
  readonly residual: boolean;
}

/** dx, dScale, dOffset and, for a residual, the gradient before the activation. */
function gradients(call: KernelCall<GradientAttributes>, shares: number): TensorInfo[] {
  const { context, attributes } = call;
  const [rows = 0, channels = 0] = sizes(input(call, 'x'), 2);
  const at = (name: string) => context.address(input(call, name));
  const outputs = [context.output([rows, channels]), context.output([channels]), context.output([channels])];
  const dSum = attributes.residual ? [context.output([rows, channels])] : [];
  const [dx = 0, dScale = 0, dOffset = 0] = outputs.map((tensor) => context.address(tensor));
  context.functions.batchNormGradient(
    ...[at('dy'), at('x'), attributes.relu ? at('y') : 0, shares, rows, channels],
    ...[at('scale'), at('average'), at('inverseStd'), dx, dScale, dOffset],
    ...[dSum[0] ? context.address(dSum[0]) : 0, context.scratch(4 * (3 * channels + 4))],
  );
  return [...outputs, ...dSum];
}

const batchNormGradient = wasmKernel<GradientAttributes>('TesseraBatchNormGrad', (call) => gradients(call, 0));

const countedGradient = wasmKernel<GradientAttributes>('TesseraBatchNormCountedGrad', (call) =>
  gradients(call, call.context.address(input(call, 'shares'))),
);

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
export const normKernels = [
  ...[batchNorm, batchNormGradient, batchNormCounted, countedGradient],
  ...[affine, layerNorm, layerNormGradient],
];
