// Batch normalisation and what follows it in a ResNet block. Legend: R rows, C channels, K chunks of rows.
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { cutRows, overChunks, overColumns, runOverChunks, runOverColumns, totals } from './columnSums.js';
import { forEach, input, sizeOf, webgpuKernel } from './webgpuKernel.js';
import { elementwise, floats, perVariant } from './wgslProgram.js';

const statisticsChunks = overChunks({
  name: 'batchStatisticsChunks',
  outputs: ['meanPart', 'squaresPart'],
  inputs: floats('x'),
  uniforms: {},
  body: `
  var sum = 0.0;
  for (var r = top; r < bottom; r++) { sum += x[r * u.columns + column]; }
  let mean = sum / f32(bottom - top);
  var squares = 0.0;
  for (var r = top; r < bottom; r++) {
    let centred = x[r * u.columns + column] - mean;
    squares += centred * centred;
  }
  meanPart[at] = mean;
  squaresPart[at] = squares;`,
});

/** Joins the chunks' means and squares (Chan et al. 1983), which keeps small variances of large values. */
const statistics = overColumns({
  name: 'batchStatistics',
  outputs: ['average', 'variance', 'inverseStd'],
  inputs: floats('meanPart', 'squaresPart'),
  uniforms: { epsilon: 'f32' },
  functions: 'fn rowsOf(k: u32) -> f32 { return f32(min(u.chunkRows, u.rows - k * u.chunkRows)); }',
  body: `
  var sum = 0.0;
  for (var k = 0u; k < u.chunks; k++) { sum += meanPart[k * u.columns + column] * rowsOf(k); }
  let mean = sum / f32(u.rows);
  var squares = 0.0;
  for (var k = 0u; k < u.chunks; k++) {
    let apart = meanPart[k * u.columns + column] - mean;
    squares += squaresPart[k * u.columns + column] + apart * apart * rowsOf(k);
  }
  average[column] = mean;
  variance[column] = squares / f32(u.rows);
  inverseStd[column] = 1.0 / sqrt(squares / f32(u.rows) + u.epsilon);`,
});

interface Finish {
  readonly relu: boolean;
  readonly residual: boolean;
}

const suffix = ({ relu, residual }: Finish): string => `${residual ? 'Plus' : ''}${relu ? 'Relu' : ''}`;

const finished = (value: string, { relu, residual }: Finish): string => {
  const joined = residual ? `${value} + residual[i]` : value;
  return relu ? `max(${joined}, 0.0)` : joined;
};

const normalise = perVariant((finish: Finish) =>
  elementwise({
    name: `batchNorm${suffix(finish)}`,
    outputs: ['y'],
    inputs: floats('x', 'scale', 'offset', 'average', 'inverseStd', ...(finish.residual ? ['residual'] : [])),
    uniforms: { columns: 'u32' },
    body: `let c = i % u.columns;
  y[i] = ${finished('(x[i] - average[c]) * scale[c] * inverseStd[c] + offset[c]', finish)};`,
  }),
);

const affineProgram = perVariant((finish: Finish) =>
  elementwise({
    name: `affine${suffix(finish)}`,
    outputs: ['y'],
    inputs: floats('x', 'scale', 'offset', ...(finish.residual ? ['residual'] : [])),
    uniforms: { columns: 'u32' },
    body: `let c = i % u.columns;
  y[i] = ${finished('x[i] * scale[c] + offset[c]', finish)};`,
  }),
);

const given = ({ relu }: Finish, at: string): string => (relu ? `select(0.0, dy[${at}], y[${at}] > 0.0)` : `dy[${at}]`);

const gradientChunks = perVariant((finish: Finish) =>
  overChunks({
    name: `batchNormGradientChunks${suffix(finish)}`,
    outputs: ['scalePart', 'offsetPart'],
    inputs: floats('dy', 'x', 'average', 'inverseStd', ...(finish.relu ? ['y'] : [])),
    uniforms: {},
    body: `
  var dScale = 0.0;
  var dOffset = 0.0;
  for (var r = top; r < bottom; r++) {
    let i = r * u.columns + column;
    let d = ${given(finish, 'i')};
    dOffset += d;
    dScale += d * (x[i] - average[column]) * inverseStd[column];
  }
  scalePart[at] = dScale;
  offsetPart[at] = dOffset;`,
  }),
);

/** Besides the sums, dx as factor·d + slope·(x - average) + shift: three numbers for each channel. */
const gradientVectors = overColumns({
  name: 'batchNormGradientVectors',
  outputs: ['dScale', 'dOffset', 'coefficients'],
  inputs: floats('scalePart', 'offsetPart', 'scale', 'inverseStd'),
  uniforms: {},
  body: `${totals(['scalePart', 'offsetPart'])}
  dScale[column] = scalePartTotal;
  dOffset[column] = offsetPartTotal;
  let factor = scale[column] * inverseStd[column];
  coefficients[column] = factor;
  coefficients[u.columns + column] = -factor * inverseStd[column] * scalePartTotal / f32(u.rows);
  coefficients[2u * u.columns + column] = -factor * offsetPartTotal / f32(u.rows);`,
});

const inputGradient = perVariant((finish: Finish) =>
  elementwise({
    name: `batchNormGradient${suffix(finish)}`,
    outputs: finish.residual ? ['dx', 'dSum'] : ['dx'],
    inputs: floats('dy', 'x', 'average', 'coefficients', ...(finish.relu ? ['y'] : [])),
    uniforms: { columns: 'u32' },
    body: `let c = i % u.columns;
  let d = ${given(finish, 'i')};
  ${finish.residual ? 'dSum[i] = d;' : ''}
  dx[i] = coefficients[c] * d + coefficients[u.columns + c] * (x[i] - average[c]) + coefficients[2u * u.columns + c];`,
  }),
);

const batchNorm = webgpuKernel<{ epsilon: number; relu: boolean }>('TesseraBatchNorm', (call) => {
  const { context, attributes, inputs } = call;
  const [x, scale, offset] = [input(call, 'x'), input(call, 'scale'), input(call, 'offset')];
  const [rows = 0, columns = 0] = x.shape;
  const cut = cutRows(rows, columns);
  const parts = [context.output([cut.chunks, columns]), context.output([cut.chunks, columns])];
  const vectors = [context.output([columns]), context.output([columns]), context.output([columns])];
  const [average, , inverseStd] = vectors as [TensorInfo, TensorInfo, TensorInfo];
  const y = context.output(x.shape);
  const { epsilon, relu } = attributes;
  runOverChunks(context, statisticsChunks, cut, { inputs: [x], outputs: parts });
  runOverColumns(context, statistics, cut, { inputs: parts, outputs: vectors, uniforms: { epsilon } });
  const residual = inputs['residual'] ? [inputs['residual']] : [];
  context.run(normalise({ relu, residual: residual.length > 0 }), {
    inputs: [x, scale, offset, average, inverseStd, ...residual],
    outputs: [y],
    ...forEach(sizeOf(x), { columns }),
  });
  context.release(...parts);
  return [y, ...vectors];
});

const batchNormGradient = webgpuKernel<Finish>('TesseraBatchNormGrad', (call) => {
  const { context, attributes } = call;
  const [dy, x, scale] = [input(call, 'dy'), input(call, 'x'), input(call, 'scale')];
  const [average, inverseStd] = [input(call, 'average'), input(call, 'inverseStd')];
  const [rows = 0, columns = 0] = x.shape;
  const y = attributes.relu ? [input(call, 'y')] : [];
  const cut = cutRows(rows, columns);
  const parts = [context.output([cut.chunks, columns]), context.output([cut.chunks, columns])];
  const [dScale, dOffset] = [context.output([columns]), context.output([columns])];
  const coefficients = context.output([3, columns]);
  const wide = [context.output(x.shape), ...(attributes.residual ? [context.output(x.shape)] : [])];
  const chunkInputs = [dy, x, average, inverseStd, ...y];
  runOverChunks(context, gradientChunks({ ...attributes, residual: false }), cut, {
    inputs: chunkInputs,
    outputs: parts,
  });
  runOverColumns(context, gradientVectors, cut, {
    inputs: [...parts, scale, inverseStd],
    outputs: [dScale, dOffset, coefficients],
  });
  context.run(inputGradient(attributes), {
    inputs: [dy, x, average, coefficients, ...y],
    outputs: wide,
    ...forEach(sizeOf(x), { columns }),
  });
  context.release(...parts, coefficients);
  const [dx, ...dSum] = wide as [TensorInfo, ...TensorInfo[]];
  return [dx, dScale, dOffset, ...dSum];
});

const affine = webgpuKernel<{ relu: boolean }>('TesseraAffine', (call) => {
  const { context, attributes, inputs } = call;
  const x = input(call, 'x');
  const [, columns = 0] = x.shape;
  const y = context.output(x.shape);
  const residual = inputs['residual'] ? [inputs['residual']] : [];
  context.run(affineProgram({ relu: attributes.relu, residual: residual.length > 0 }), {
    inputs: [x, input(call, 'scale'), input(call, 'offset'), ...residual],
    outputs: [y],
    ...forEach(sizeOf(x), { columns }),
  });
  return y;
});

/** Batch normalisation. */
export const batchNormKernels = [batchNorm, batchNormGradient, affine];
