// What runs on a GPU, where the kernels in `native/*.cc` are not: TensorFlow's own operations. They run on the CPU
// too, so that they are tested there.
import { cast, greaterEqual, mul, pad as tfPad, slice, tensor1d, tidy, type Tensor } from '@tensorflow/tfjs-core';
import type { OpAttribute } from '../nativeBackend.js';
import { input, type NativeCall, type NativeKernel } from './nativeKernel.js';
import { poolGeometry, type PoolGeometry } from './poolGeometry.js';

/** Uniform numbers in [0, 1) by TensorFlow's counter-based generator (Philox): a function of the seed alone. */
function uniform({ attribute, backend }: NativeCall, shape: readonly number[], seed: Tensor): Tensor {
  const { TF_FLOAT, TF_INT32 } = backend.binding;
  return backend.executeSingleOutput(
    'StatelessRandomUniform',
    [attribute.type('dtype', TF_FLOAT), attribute.type('T', TF_INT32), attribute.type('Tseed', TF_INT32)],
    [tensor1d([...shape], 'int32'), seed],
  );
}

const statelessUniform: NativeKernel = {
  name: 'TesseraStatelessUniform',
  run: (call) => tidy(() => uniform(call, call.attributes['shape'] as number[], input(call, 'seed'))),
};

const dropout: NativeKernel = {
  name: 'TesseraDropout',
  run: (call) =>
    tidy(() => {
      const [x, rate] = [input(call, 'x'), Number(call.attributes['rate'])];
      const kept = cast(greaterEqual(uniform(call, x.shape, input(call, 'seed')), rate), 'float32');
      return mul(x, mul(kept, 1 / (1 - rate)));
    }),
};

/** Far below any activation, yet finite. */
const LOWEST = -3e38;

/** The images with their padding written out, since tfjs-node refuses padding that is neither valid nor same. */
function padded(x: Tensor, { padding, window, strides, grid }: PoolGeometry): Tensor {
  const sides = padding.map((before, axis): [number, number] => {
    const needed = ((grid[axis] ?? 1) - 1) * (strides[axis] ?? 1) + (window[axis] ?? 1);
    return [before, Math.max(needed - before - (x.shape[axis + 1] ?? 0), 0)];
  });
  return tfPad(x, [[0, 0], ...sides, [0, 0]], LOWEST);
}

const attributesOf = ({ attribute, backend }: NativeCall, { window, strides }: PoolGeometry): OpAttribute[] => [
  attribute.type('T', backend.binding.TF_FLOAT),
  attribute.int('ksize', [1, ...window, 1]),
  attribute.int('strides', [1, ...strides, 1]),
  attribute.text('padding', 'VALID'),
  attribute.text('data_format', 'NHWC'),
];

const maxPool: NativeKernel = {
  name: 'MaxPool',
  run: (call) =>
    tidy(() => {
      const x = input(call, 'x');
      const geometry = poolGeometry(call, x.shape);
      return call.backend.executeSingleOutput('MaxPool', attributesOf(call, geometry), [padded(x, geometry)]);
    }),
};

const maxPoolGradient: NativeKernel = {
  name: 'MaxPoolGrad',
  run: (call) =>
    tidy(() => {
      const [dy, x, y] = [input(call, 'dy'), input(call, 'input'), input(call, 'output')];
      const geometry = poolGeometry(call, x.shape);
      const inputs = [padded(x, geometry), y, dy];
      const gradient = call.backend.executeSingleOutput('MaxPoolGrad', attributesOf(call, geometry), inputs);
      return slice(gradient, [0, ...geometry.padding, 0], x.shape);
    }),
};

/** The kernels of this file. */
export const gpuKernels: readonly NativeKernel[] = [statelessUniform, dropout, maxPool, maxPoolGradient];
