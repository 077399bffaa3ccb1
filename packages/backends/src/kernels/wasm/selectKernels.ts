// Choosing between two tensors by a condition. TensorFlow.js' kernel copies four bytes of either for each element and
// gives the result the first one's type, which is wrong where the types differ, and beyond the end of bools of one byte.
import { upcastType, util, type DataType, type TensorInfo } from '@tensorflow/tfjs-core';
import type { WasmContext } from './wasmContext.js';
import { input, wasmKernel } from './wasmKernel.js';

const numeric: readonly DataType[] = ['float32', 'int32', 'bool'];

const valuesOf = (context: WasmContext, tensor: TensorInfo) =>
  tensor.dtype === 'float32' ? context.floats(tensor) : context.integers(tensor);

const select = wasmKernel('Select', (call) => {
  const { context, original } = call;
  const [condition, t, e] = [input(call, 'condition'), input(call, 't'), input(call, 'e')];
  const isPlain = t.dtype === e.dtype && t.dtype !== 'bool';
  if (isPlain || !numeric.includes(t.dtype) || !numeric.includes(e.dtype)) return original();
  const y = context.output(t.shape, upcastType(t.dtype, e.dtype));
  const [isChosen, chosen, other] = [context.integers(condition), valuesOf(context, t), valuesOf(context, e)];
  const result = valuesOf(context, y);
  // A condition of fewer axes stands for slices of the others.
  const slice = result.length / Math.max(util.sizeFromShape(condition.shape), 1);
  result.forEach((_, i) => (result[i] = (isChosen[Math.floor(i / slice)] ? chosen[i] : other[i]) ?? NaN));
  return y;
});

/** Choices. */
export const selectKernels = [select];
