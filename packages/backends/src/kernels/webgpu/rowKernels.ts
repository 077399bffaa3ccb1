// Rows of a table by id, and their sums by id; linear layers. Legend: M ids, V rows of the table, D width.
import { util } from '@tensorflow/tfjs-core';
import { forEach, input, sizeOf, webgpuKernel } from './webgpuKernel.js';
import { elementwise, floats } from './wgslProgram.js';

const gatherProgram = elementwise({
  name: 'gatherRows',
  outputs: ['y'],
  inputs: { table: 'f32', ids: 'i32' },
  uniforms: { width: 'u32' },
  body: 'y[i] = table[u32(ids[i / u.width]) * u.width + i % u.width];',
});

const gather = webgpuKernel('TesseraGather', (call) => {
  const { context } = call;
  const [table, ids] = [input(call, 'table'), input(call, 'ids')];
  const [rows = 0, width = 0] = table.shape;
  // A GPU reads some other row instead of failing, so ids are looked at while the host has them.
  const wrong = context.hostValues(ids)?.find((id) => id < 0 || id >= rows);
  if (wrong !== undefined) throw new Error(`gather: ids must be in [0, ${rows}), got ${wrong}.`);
  const y = context.output([sizeOf(ids), width]);
  context.run(gatherProgram, { inputs: [table, ids], outputs: [y], ...forEach(sizeOf(y), { width }) });
  return y;
});

const zeros = elementwise({ name: 'zeros', outputs: ['y'], inputs: {}, uniforms: {}, body: 'y[i] = 0.0;' });

/** For each id the place of the next equal one (M after the last), and whether it is the first of its kind. */
const chainProgram = elementwise({
  name: 'segmentChains',
  outputs: ['next', 'isFirst'],
  inputs: { ids: 'i32' },
  uniforms: {},
  body: `
  let id = ids[i];
  var after = i + 1u;
  while (after < u.size && ids[after] != id) { after++; }
  next[i] = f32(after);
  var before = i;
  while (before > 0u && ids[before - 1u] != id) { before--; }
  isFirst[i] = select(0.0, 1.0, before == 0u);`,
});

/** The first of equal ids adds up all their rows, always in the same order: atomic sums would differ from run to run. */
const chainSums = elementwise({
  name: 'segmentSums',
  outputs: ['y'],
  inputs: { ...floats('x', 'next', 'isFirst'), ids: 'i32' },
  uniforms: { width: 'u32', count: 'u32', segments: 'u32' },
  body: `
  var at = i / u.width;
  let id = ids[at];
  if (isFirst[at] == 0.0 || id < 0 || u32(id) >= u.segments) { return; }
  let column = i % u.width;
  var total = 0.0;
  while (at < u.count) {
    total += x[at * u.width + column];
    at = u32(next[at]);
  }
  y[u32(id) * u.width + column] = total;`,
});

/** Places are kept as float32, which counts that far. */
const MAX_CHAIN = 2 ** 24;

const segmentSum = webgpuKernel<{ numSegments: number }>('UnsortedSegmentSum', (call) => {
  const { context, attributes } = call;
  const [x, ids] = [input(call, 'x'), input(call, 'segmentIds')];
  const count = sizeOf(ids);
  if (context.typeOf(x) !== 'f32' || count >= MAX_CHAIN) return call.original();
  const rest = x.shape.slice(ids.shape.length);
  const width = util.sizeFromShape(rest);
  const segments = attributes.numSegments;
  const y = context.output([segments, ...rest]);
  context.run(zeros, { inputs: [], outputs: [y], ...forEach(sizeOf(y)) });
  if (count === 0) return y;
  const chains = [context.output([count]), context.output([count])];
  context.run(chainProgram, { inputs: [ids], outputs: chains, ...forEach(count) });
  context.run(chainSums, {
    inputs: [x, ...chains, ids],
    outputs: [y],
    ...forEach(count * width, { width, count, segments }),
  });
  context.release(...chains);
  return y;
});

/** TensorFlow.js' product with the bias added where it is written. */
const linear = webgpuKernel('TesseraLinear', (call) => {
  const bias = call.inputs['bias'];
  const inputs = { a: input(call, 'x'), b: input(call, 'weight'), ...(bias && { bias }) };
  return call.other('_FusedMatMul', inputs, { transposeA: false, transposeB: false, activation: 'linear' });
});

/** Rows and linear layers. */
export const rowKernels = [gather, segmentSum, linear];
