// Transposition of integers and truth values with three axes or more, for which TensorFlow.js writes a shader that does not
// compile.
import { util } from '@tensorflow/tfjs-core';
import { forEach, input, sizeOf, webgpuKernel } from './webgpuKernel.js';
import { elementwise } from './wgslProgram.js';

const MAX_AXES = 6;
const axes = Array.from({ length: MAX_AXES }, (_, i) => i);

/** Sizes of the output by axis, last first, and how far apart its neighbours lie in the input. */
const program = elementwise({
  name: 'transposeIntegers',
  outputs: ['y'],
  outputType: 'i32',
  inputs: { x: 'i32' },
  uniforms: Object.fromEntries(axes.flatMap((i) => [[`size${i}`, 'u32'] as const, [`step${i}`, 'u32'] as const])),
  body: `
  var rest = i;
  var at = 0u;
  ${axes.map((i) => `at += rest % u.size${i} * u.step${i}; rest /= u.size${i};`).join('\n  ')}
  y[i] = x[at];`,
});

const transpose = webgpuKernel<{ perm: readonly number[] }>('Transpose', (call) => {
  const { context, attributes, original } = call;
  const x = input(call, 'x');
  const { perm } = attributes;
  const isInteger = x.dtype === 'int32' || x.dtype === 'bool';
  if (!isInteger || context.typeOf(x) !== 'i32' || perm.length < 3 || perm.length > MAX_AXES) return original();
  const steps = [...util.computeStrides(x.shape), 1];
  const y = context.output(
    perm.map((axis) => x.shape[axis] ?? 1),
    x.dtype,
  );
  const fromLast = [...perm].reverse();
  const uniforms = Object.fromEntries(
    axes.flatMap((i) => {
      const axis = fromLast[i];
      const [size, step] = axis === undefined ? [1, 0] : [x.shape[axis] ?? 1, steps[axis] ?? 1];
      return [[`size${i}`, size] as const, [`step${i}`, step] as const];
    }),
  );
  context.run(program, { inputs: [x], outputs: [y], ...forEach(sizeOf(y), uniforms) });
  return y;
});

/** Shapes. */
export const shapeKernels = [transpose];
