// GELU, dropout, uniform numbers and sums over leading axes.
import { util, type TensorInfo } from '@tensorflow/tfjs-core';
import { sumOverRows, type SumAttributes } from '../sumOverRows.js';
import { input, wasmKernel } from './wasmKernel.js';

const size = ({ shape }: TensorInfo): number => util.sizeFromShape(shape);

const gelu = wasmKernel('TesseraGelu', (call) => {
  const x = input(call, 'x');
  const y = call.context.output(x.shape);
  call.context.functions.gelu(call.context.address(x), call.context.address(y), size(x));
  return y;
});

const geluGradient = wasmKernel('TesseraGeluGrad', (call) => {
  const { context } = call;
  const [dy, x] = [input(call, 'dy'), input(call, 'x')];
  const dx = context.output(x.shape);
  context.functions.geluGradient(context.address(dy), context.address(x), context.address(dx), size(x));
  return dx;
});

const reluGradient = wasmKernel('TesseraReluGrad', (call) => {
  const { context } = call;
  const [dy, y] = [input(call, 'dy'), input(call, 'y')];
  const dx = context.output(y.shape);
  context.functions.reluGradient(context.address(dy), context.address(y), context.address(dx), size(y));
  return dx;
});

const dropout = wasmKernel<{ rate: number }>('TesseraDropout', (call) => {
  const { context, attributes } = call;
  const [x, seed] = [input(call, 'x'), input(call, 'seed')];
  const y = context.output(x.shape);
  context.functions.dropout(context.address(seed), context.address(x), context.address(y), size(x), attributes.rate);
  return y;
});

const uniform = wasmKernel<{ shape: number[] }>('TesseraStatelessUniform', (call) => {
  const y = call.context.output(call.attributes.shape);
  call.context.functions.uniform(call.context.address(input(call, 'seed')), call.context.address(y), size(y));
  return y;
});

/** TensorFlow.js' kernel transposes first where leading axes are summed. */
const sum = wasmKernel<SumAttributes>('Sum', (call) => {
  const { context, attributes, original } = call;
  const x = input(call, 'x');
  const rowSum = sumOverRows(x, attributes);
  if (!rowSum || x.dtype !== 'float32') return original();
  const { columns, shape } = rowSum;
  const y = context.output(shape);
  context.functions.sumRows(context.address(x), size(x) / Math.max(columns, 1), columns, context.address(y));
  return y;
});

/** TensorFlow.js' kernel copies; a second reference to the same values is enough, as for its reshape. */
const identity = wasmKernel('Identity', (call) => call.context.share(input(call, 'x')));

/** Elementwise kernels and sums. */
export const elementwiseKernels = [identity, gelu, geluGradient, reluGradient, dropout, uniform, sum];
