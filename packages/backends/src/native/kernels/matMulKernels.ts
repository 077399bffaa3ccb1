// Matrix products and look-ups by the operations that TensorFlow's graph optimiser knows.
import { scalar, tidy, type Tensor } from '@tensorflow/tfjs-core';
import { input, type NativeCall, type NativeKernel } from './nativeKernel.js';

const product = (call: NativeCall, a: Tensor, b: Tensor, transposeA: boolean, transposeB: boolean): Tensor => {
  const { attribute, backend } = call;
  return backend.executeSingleOutput(
    'MatMul',
    [
      attribute.type('T', backend.binding.TF_FLOAT),
      attribute.bool('transpose_a', transposeA),
      attribute.bool('transpose_b', transposeB),
    ],
    [a, b],
  );
};

const matMul: NativeKernel = {
  name: 'BatchMatMul',
  run: (call) => {
    const [a, b] = [input(call, 'a'), input(call, 'b')];
    if (a.shape.length !== 2 || b.shape.length !== 2 || a.dtype !== 'float32') return call.original();
    return product(call, a, b, call.attributes['transposeA'] === true, call.attributes['transposeB'] === true);
  },
};

const linear: NativeKernel = {
  name: 'TesseraLinear',
  run: (call) => {
    const { attribute, backend, inputs } = call;
    const y = product(call, input(call, 'x'), input(call, 'weight'), false, false);
    if (!inputs['bias']) return y;
    const sum = backend.executeSingleOutput(
      'BiasAdd',
      [attribute.type('T', backend.binding.TF_FLOAT), attribute.text('data_format', 'NHWC')],
      [y, inputs['bias']],
    );
    y.dispose();
    return sum;
  },
};

/** Without tfjs-node's check, which reads the indices in JavaScript; TensorFlow checks them itself. */
const gather: NativeKernel = {
  name: 'GatherV2',
  run: (call) => {
    const { attribute, attributes, backend } = call;
    const [x, indices] = [input(call, 'x'), input(call, 'indices')];
    const { TF_INT32 } = backend.binding;
    return tidy(() =>
      backend.executeSingleOutput(
        'GatherV2',
        [
          attribute.int('batch_dims', Number(attributes['batchDims'] ?? 0)),
          attribute.type('Tparams', backend.tensorMap.get(x.dataId).dtype),
          attribute.type('Tindices', TF_INT32),
          attribute.type('Taxis', TF_INT32),
        ],
        [x, indices, scalar(Number(attributes['axis'] ?? 0), 'int32')],
      ),
    );
  },
};

/** The kernels of this file. */
export const matMulKernels: readonly NativeKernel[] = [matMul, linear, gather];
