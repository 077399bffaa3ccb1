// Layer normalisation. Legend: M rows, D normalised size.
import { cutRows, overChunks, overColumns, runOverChunks, runOverColumns, totals } from './columnSums.js';
import { input, webgpuKernel } from './webgpuKernel.js';
import { floats, groupSum, type WgslProgram } from './wgslProgram.js';

const THREADS = 64;

/** A workgroup for each row. */
const overRows = (program: Omit<WgslProgram, 'threads' | 'functions'>): WgslProgram => ({
  ...program,
  threads: THREADS,
  uniforms: { rows: 'u32', width: 'u32', ...program.uniforms },
  functions: groupSum(THREADS),
  body: `
  let row = block;
  if (row >= u.rows) { return; }
  let start = row * u.width;
  ${program.body}`,
});

const forward = overRows({
  name: 'layerNorm',
  outputs: ['y', 'average', 'inverseStd'],
  inputs: floats('x', 'scale', 'offset'),
  uniforms: { epsilon: 'f32' },
  body: `
  var sum = 0.0;
  for (var c = lane; c < u.width; c += ${THREADS}u) { sum += x[start + c]; }
  let mean = sumOfGroup(sum, lane) / f32(u.width);
  var squares = 0.0;
  for (var c = lane; c < u.width; c += ${THREADS}u) {
    let centred = x[start + c] - mean;
    squares += centred * centred;
  }
  let inverse = 1.0 / sqrt(sumOfGroup(squares, lane) / f32(u.width) + u.epsilon);
  for (var c = lane; c < u.width; c += ${THREADS}u) {
    y[start + c] = (x[start + c] - mean) * inverse * scale[c] + offset[c];
  }
  if (lane == 0u) {
    average[row] = mean;
    inverseStd[row] = inverse;
  }`,
});

const inputGradient = overRows({
  name: 'layerNormGradient',
  outputs: ['dx'],
  inputs: floats('dy', 'x', 'scale', 'average', 'inverseStd'),
  uniforms: {},
  body: `
  let mean = average[row];
  let inverse = inverseStd[row];
  var direct = 0.0;
  var projected = 0.0;
  for (var c = lane; c < u.width; c += ${THREADS}u) {
    let given = dy[start + c] * scale[c];
    direct += given;
    projected += given * (x[start + c] - mean) * inverse;
  }
  let directMean = sumOfGroup(direct, lane) / f32(u.width);
  let projectedMean = sumOfGroup(projected, lane) / f32(u.width);
  for (var c = lane; c < u.width; c += ${THREADS}u) {
    let normalised = (x[start + c] - mean) * inverse;
    dx[start + c] = (dy[start + c] * scale[c] - directMean - normalised * projectedMean) * inverse;
  }`,
});

const vectorChunks = overChunks({
  name: 'layerNormVectorChunks',
  outputs: ['scalePart', 'offsetPart'],
  inputs: floats('dy', 'x', 'average', 'inverseStd'),
  uniforms: {},
  body: `
  var dScale = 0.0;
  var dOffset = 0.0;
  for (var r = top; r < bottom; r++) {
    let given = dy[r * u.columns + column];
    dOffset += given;
    dScale += given * (x[r * u.columns + column] - average[r]) * inverseStd[r];
  }
  scalePart[at] = dScale;
  offsetPart[at] = dOffset;`,
});

const vectors = overColumns({
  name: 'layerNormVectors',
  outputs: ['dScale', 'dOffset'],
  inputs: floats('scalePart', 'offsetPart'),
  uniforms: {},
  body: `${totals(['scalePart', 'offsetPart'])}
  dScale[column] = scalePartTotal;
  dOffset[column] = offsetPartTotal;`,
});

const layerNorm = webgpuKernel<{ epsilon: number }>('TesseraLayerNorm', (call) => {
  const { context, attributes } = call;
  const x = input(call, 'x');
  const [rows = 0, width = 0] = x.shape;
  const outputs = [context.output([rows, width]), context.output([rows]), context.output([rows])];
  const inputs = [x, input(call, 'scale'), input(call, 'offset')];
  context.run(forward, { inputs, outputs, uniforms: { rows, width, epsilon: attributes.epsilon }, workgroups: rows });
  return outputs;
});

const layerNormGradient = webgpuKernel('TesseraLayerNormGrad', (call) => {
  const { context } = call;
  const [dy, x] = [input(call, 'dy'), input(call, 'x')];
  const [average, inverseStd] = [input(call, 'average'), input(call, 'inverseStd')];
  const scale = input(call, 'scale');
  const [rows = 0, width = 0] = x.shape;
  const [dx, dScale, dOffset] = [context.output([rows, width]), context.output([width]), context.output([width])];
  const inputs = [dy, x, scale, average, inverseStd];
  context.run(inputGradient, { inputs, outputs: [dx], uniforms: { rows, width }, workgroups: rows });
  const cut = cutRows(rows, width);
  const parts = [context.output([cut.chunks, width]), context.output([cut.chunks, width])];
  runOverChunks(context, vectorChunks, cut, { inputs: [dy, x, average, inverseStd], outputs: parts });
  runOverColumns(context, vectors, cut, { inputs: parts, outputs: [dScale, dOffset] });
  context.release(...parts);
  return [dx, dScale, dOffset];
});

/** Layer normalisation. */
export const layerNormKernels = [layerNorm, layerNormGradient];
