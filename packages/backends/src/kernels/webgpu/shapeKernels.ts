// Integers: their transposition with three axes or more, for which TensorFlow.js writes a shader that does not compile, and
// their concatenation, where its shader passes them through float32 and so changes those above 2²⁴, such as seeds.
import { util, type TensorInfo } from '@tensorflow/tfjs-core';
import type { WebgpuContext } from './webgpuContext.js';
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

/** Rows of `width` from a and of `otherWidth` from b, side by side. */
const joinProgram = elementwise({
  name: 'joinIntegers',
  outputs: ['y'],
  outputType: 'i32',
  inputs: { a: 'i32', b: 'i32' },
  uniforms: { width: 'u32', otherWidth: 'u32' },
  body: `
  let row = i / (u.width + u.otherWidth);
  let column = i % (u.width + u.otherWidth);
  if (column < u.width) {
    y[i] = a[row * u.width + column];
  } else {
    y[i] = b[row * u.otherWidth + column - u.width];
  }`,
});

/** Integers of fewer elements are joined on the host while it has them, as by TensorFlow.js. */
const MAX_ON_HOST = 128;

const concat = webgpuKernel<{ axis: number }>('Concat', (call) => {
  const { context, attributes, original } = call;
  const parts = Object.values(call.inputs).filter((x) => sizeOf(x) > 0);
  const onHost = (x: TensorInfo): boolean => context.hostValues(x) !== undefined && sizeOf(x) < MAX_ON_HOST;
  const [first, ...rest] = parts;
  if (!first || rest.length === 0 || first.dtype !== 'int32' || parts.every(onHost)) return original();
  const axis = util.parseAxisParam(attributes.axis, first.shape)[0] as number;
  return rest.reduce((joined, next) => {
    const both = join(context, [joined, next], axis);
    if (joined !== first) context.release(joined);
    return both;
  }, first);
});

function join(context: WebgpuContext, [a, b]: readonly [TensorInfo, TensorInfo], axis: number): TensorInfo {
  const [width, otherWidth] = [a, b].map(({ shape }) => util.sizeFromShape(shape.slice(axis))) as [number, number];
  const shape = a.shape.map((length, at) => (at === axis ? length + (b.shape[at] ?? 0) : length));
  const y = context.output(shape, 'int32');
  context.run(joinProgram, { inputs: [a, b], outputs: [y], ...forEach(sizeOf(y), { width, otherWidth }) });
  return y;
}

/** Shapes. */
export const shapeKernels = [transpose, concat];
