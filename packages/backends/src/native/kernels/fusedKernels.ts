// The operations of @tessera/layers by the kernels in `native/*.cc`. These exist for the CPU; on a GPU the
// composites of TensorFlow's operations run.
import { add, cast, mul, scalar, tensor1d, tidy, type Tensor, type TensorInfo } from '@tensorflow/tfjs-core';
import type { OpAttribute } from '../nativeBackend.js';
import { input, type NativeCall, type NativeKernel } from './nativeKernel.js';
import { poolGeometry } from './poolGeometry.js';

/** A kernel that hands its inputs to one operation of ours. */
const direct = (
  name: string,
  inputs: readonly string[],
  outputs: number,
  attributes: (call: NativeCall) => readonly OpAttribute[] = () => [],
  operation = name,
): NativeKernel => ({
  name,
  run: (call) =>
    call.backend.executeMultipleOutputs(
      operation,
      attributes(call),
      inputs.map((key) => input(call, key)),
      outputs,
    ),
});

const epsilon = ({ attribute, attributes }: NativeCall): OpAttribute =>
  attribute.float('epsilon', Number(attributes['epsilon']));

const rate = ({ attribute, attributes }: NativeCall): OpAttribute =>
  attribute.float('rate', Number(attributes['rate']));

const relu = ({ attribute, attributes }: NativeCall): OpAttribute =>
  attribute.bool('relu', attributes['relu'] === true);

const heads = ({ attribute, attributes }: NativeCall): OpAttribute[] => [
  attribute.int('num_heads', Number(attributes['numHeads'])),
  attribute.float('rate', Number(attributes['dropoutRate'])),
];

const uniform: NativeKernel = {
  name: 'TesseraStatelessUniform',
  run: (call) => {
    const shape = call.attribute.shape('shape', call.attributes['shape'] as number[]);
    return call.backend.executeSingleOutput('TesseraUniform', [shape], [input(call, 'seed')]);
  },
};

/** [B, S] int32; empty when every key is real. */
const realKeys = ({ inputs }: NativeCall): Tensor => {
  const mask = inputs['padMask'];
  return mask ? cast(mask, 'int32') : tensor1d([], 'int32');
};

const attention: NativeKernel = {
  name: 'TesseraAttention',
  run: (call) =>
    tidy(() => {
      const [q, k, v, seed] = ['q', 'k', 'v', 'seed'].map((key) => input(call, key)) as [
        Tensor,
        Tensor,
        Tensor,
        Tensor,
      ];
      const all = [q, k, v, realKeys(call), seed];
      return call.backend.executeMultipleOutputs('TesseraAttention', heads(call), all, 2);
    }),
};

/** Residual inputs are a list of none or one. */
function withResidual(call: NativeCall, names: readonly string[]): { inputs: TensorInfo[]; count: OpAttribute } {
  const residual = call.inputs['residual'];
  return {
    inputs: [...names.map((key) => input(call, key)), ...(residual ? [residual] : [])],
    count: call.attribute.int('residual_count', residual ? 1 : 0),
  };
}

const affine: NativeKernel = {
  name: 'TesseraAffine',
  run: (call) => {
    const { inputs, count } = withResidual(call, ['x', 'scale', 'offset']);
    return call.backend.executeSingleOutput('TesseraAffine', [count, relu(call)], inputs);
  },
};

/** Batch normalisation by the statistics of what these inputs say, with a residual perhaps. */
const batchNorm = (name: string, names: readonly string[]): NativeKernel => ({
  name,
  run: (call) => {
    const { inputs, count } = withResidual(call, names);
    return call.backend.executeMultipleOutputs(name, [count, epsilon(call), relu(call)], inputs, 4);
  },
});

const batchNormGradient = (name: string, names: readonly string[]): NativeKernel => ({
  name,
  run: (call) => {
    const residual = call.attributes['residual'] === true ? 1 : 0;
    return call.backend.executeMultipleOutputs(
      name,
      [relu(call), call.attribute.int('residual_count', residual)],
      names.map((key) => input(call, key)),
      3 + residual,
    );
  },
});

const normalised = ['x', 'scale', 'offset'];
const statistics = ['shares', 'any', 'runningMean', 'runningVariance'];
const saved = ['dy', 'x', 'y', 'scale', 'average', 'inverseStd'];

const reluGradient: NativeKernel = {
  name: 'TesseraReluGrad',
  run: (call) => {
    const { attribute, backend } = call;
    const type = attribute.type('T', backend.binding.TF_FLOAT);
    return backend.executeSingleOutput('ReluGrad', [type], [input(call, 'dy'), input(call, 'y')]);
  },
};

/** Pooling with any padding; tfjs-node's own refuses explicit ones. */
function poolAttributes(call: NativeCall, shape: readonly number[]): OpAttribute[] {
  const { window, strides, padding, grid } = poolGeometry(call, shape);
  return Object.entries({ window, strides, padding, grid }).map(([name, pair]) => call.attribute.int(name, pair));
}

const maxPool: NativeKernel = {
  name: 'MaxPool',
  run: (call) => {
    const x = input(call, 'x');
    return call.backend.executeSingleOutput('TesseraMaxPool', poolAttributes(call, x.shape), [x]);
  },
};

const maxPoolGradient: NativeKernel = {
  name: 'MaxPoolGrad',
  run: (call) => {
    const [dy, x, y] = [input(call, 'dy'), input(call, 'input'), input(call, 'output')];
    return call.backend.executeSingleOutput('TesseraMaxPoolGrad', poolAttributes(call, x.shape), [dy, x, y]);
  },
};

/** In a captured step the update happens in place; run eagerly it makes new tensors. */
const adamW: NativeKernel = {
  name: 'TesseraAdamW',
  run: (call) =>
    tidy(() => {
      const { attribute, attributes, backend, capture, inputs } = call;
      const state = ['parameter', 'm', 'v'].map((key) => input(call, key));
      const scale = inputs['gradientScale'] ?? scalar(1);
      const given = ['gradient', 'learningRate', 'biasCorrection1', 'biasCorrection2'].map((key) => input(call, key));
      const values = [...given, scale];
      const options = [
        attribute.float('beta1', Number(attributes['beta1'])),
        attribute.float('beta2', Number(attributes['beta2'])),
        attribute.float('epsilon', Number(attributes['epsilon'])),
        attribute.float('weight_decay', [Number(attributes['weightDecay'])]),
      ];
      const one = attribute.int('count', 1);
      const updated = capture.trace?.update('TesseraApplyAdamW', [one, ...options], state, values);
      return updated ?? backend.executeMultipleOutputs('TesseraAdamW', options, [...state, ...values], 3);
    }),
};

/** As {@link adamW}: in place in a captured step. */
const blend: NativeKernel = {
  name: 'TesseraBlend',
  run: (call) =>
    tidy(() => {
      const { attribute, attributes, capture } = call;
      const [before, value] = [input(call, 'before'), input(call, 'value')];
      const [kept, share] = [Number(attributes['kept']), Number(attributes['share'])];
      const options = [attribute.int('count', 1), attribute.float('kept', [kept]), attribute.float('share', [share])];
      const updated = capture.trace?.update('TesseraApplyBlend', options, [before], [value]);
      return updated ?? add(mul(before, kept), mul(value, share));
    }),
};

/** The kernels of this file. */
export const fusedKernels: readonly NativeKernel[] = [
  uniform,
  direct('TesseraDropout', ['x', 'seed'], 1, (call) => [rate(call)]),
  direct('TesseraGelu', ['x'], 1),
  direct('TesseraGeluGrad', ['dy', 'x'], 1),
  direct('TesseraLayerNorm', ['x', 'scale', 'offset'], 3, (call) => [epsilon(call)]),
  direct('TesseraLayerNormGrad', ['dy', 'x', 'scale', 'average', 'inverseStd'], 3),
  attention,
  direct('TesseraAttentionGrad', ['dy', 'q', 'k', 'v', 'probabilities', 'seed'], 3, heads),
  affine,
  batchNorm('TesseraBatchNorm', normalised),
  batchNorm('TesseraBatchNormCounted', [...normalised, ...statistics]),
  batchNormGradient('TesseraBatchNormGrad', saved),
  batchNormGradient('TesseraBatchNormCountedGrad', [...saved, 'shares']),
  reluGradient,
  maxPool,
  maxPoolGradient,
  adamW,
  blend,
  direct('TesseraSumOfSquares', ['x'], 1, ({ attribute }) => [attribute.int('count', 1)]),
];
