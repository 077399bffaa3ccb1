// GELU, dropout, uniform numbers and sums over leading axes.
import { util, type TensorInfo } from '@tensorflow/tfjs-core';
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

/** TensorFlow.js' kernel transposes first where leading axes are summed, as for the gradient of every bias. */
const sum = wasmKernel<{ axis: number | number[]; keepDims: boolean }>('Sum', (call) => {
  const { context, attributes, original } = call;
  const x = input(call, 'x');
  const axes = util.parseAxisParam(attributes.axis, x.shape);
  const leading = axes.length > 0 && axes.length < x.shape.length && axes.every((axis) => axis < axes.length);
  if (!leading || x.dtype !== 'float32') return original();
  const rest = x.shape.slice(axes.length);
  const channels = util.sizeFromShape(rest);
  const y = context.output(attributes.keepDims ? [...axes.map(() => 1), ...rest] : rest);
  context.functions.sumRows(context.address(x), size(x) / Math.max(channels, 1), channels, context.address(y));
  return y;
});

/** TensorFlow.js' kernel copies; a second reference to the same values is enough, as for its reshape. */
const identity = wasmKernel('Identity', (call) => call.context.share(input(call, 'x')));

/** Elementwise kernels and sums. */
export const elementwiseKernels = [identity, gelu, geluGradient, reluGradient, dropout, uniform, sum];
