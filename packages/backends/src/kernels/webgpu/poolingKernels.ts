// Adaptive pooling. Legend: N images, H rows, W columns, C channels, R × G the output grid.
import { forEach, input, sizeOf, webgpuKernel } from './webgpuKernel.js';
import { elementwise } from './wgslProgram.js';

interface AdaptiveAttributes {
  readonly rows: number;
  readonly columns: number;
  readonly kind: 'average' | 'max';
}

const uniforms = { height: 'u32', width: 'u32', channels: 'u32', rows: 'u32', columns: 'u32' } as const;

const bins = `
fn binStart(i: u32, inputs: u32, outputs: u32) -> u32 { return i * inputs / outputs; }
fn binEnd(i: u32, inputs: u32, outputs: u32) -> u32 { return ((i + 1u) * inputs + outputs - 1u) / outputs; }`;

/** Element i of the output; `take` joins a value of the bin. */
const forward = (name: string, start: string, take: string, finish: string) =>
  elementwise({
    name,
    outputs: ['y'],
    inputs: { x: 'f32' },
    uniforms,
    functions: bins,
    body: `
  let channel = i % u.channels;
  let column = i / u.channels % u.columns;
  let row = i / u.channels / u.columns % u.rows;
  let image = i / u.channels / u.columns / u.rows;
  let top = binStart(row, u.height, u.rows);
  let bottom = binEnd(row, u.height, u.rows);
  let left = binStart(column, u.width, u.columns);
  let right = binEnd(column, u.width, u.columns);
  var value = ${start};
  for (var r = top; r < bottom; r++) {
    for (var c = left; c < right; c++) {
      let found = x[((image * u.height + r) * u.width + c) * u.channels + channel];
      ${take}
    }
  }
  y[i] = ${finish};`,
  });

const programs = {
  average: forward('adaptiveAverage', '0.0', 'value += found;', 'value / f32((bottom - top) * (right - left))'),
  max: forward(
    'adaptiveMax',
    'x[((image * u.height + top) * u.width + left) * u.channels + channel]',
    'value = max(value, found);',
    'value',
  ),
};

/** Element i of the input gathers from the bins that it lies in, so that nothing is written twice. */
const backward = (name: string, inputs: Record<string, 'f32'>, share: string) =>
  elementwise({
    name,
    outputs: ['dx'],
    inputs,
    uniforms,
    functions: bins,
    body: `
  let channel = i % u.channels;
  let w = i / u.channels % u.width;
  let h = i / u.channels / u.width % u.height;
  let image = i / u.channels / u.width / u.height;
  var total = 0.0;
  for (var row = 0u; row < u.rows; row++) {
    let top = binStart(row, u.height, u.rows);
    let bottom = binEnd(row, u.height, u.rows);
    if (h < top || h >= bottom) { continue; }
    for (var column = 0u; column < u.columns; column++) {
      let left = binStart(column, u.width, u.columns);
      let right = binEnd(column, u.width, u.columns);
      if (w < left || w >= right) { continue; }
      let given = dy[((image * u.rows + row) * u.columns + column) * u.channels + channel];
      ${share}
    }
  }
  dx[i] = total;`,
  });

const gradients = {
  average: backward('adaptiveAverageGradient', { dy: 'f32' }, 'total += given / f32((bottom - top) * (right - left));'),
  // The first largest place of the bin in row-major order gets all.
  max: backward(
    'adaptiveMaxGradient',
    { dy: 'f32', x: 'f32' },
    `var best = x[((image * u.height + top) * u.width + left) * u.channels + channel];
      var bestRow = top;
      var bestColumn = left;
      for (var r = top; r < bottom; r++) {
        for (var c = left; c < right; c++) {
          let found = x[((image * u.height + r) * u.width + c) * u.channels + channel];
          if (found > best) { best = found; bestRow = r; bestColumn = c; }
        }
      }
      if (bestRow == h && bestColumn == w) { total += given; }`,
  ),
};

const adaptivePool = webgpuKernel<AdaptiveAttributes>('TesseraAdaptivePool', (call) => {
  const { context, attributes } = call;
  const x = input(call, 'x');
  const [images = 0, height = 0, width = 0, channels = 0] = x.shape;
  const { rows, columns, kind } = attributes;
  const y = context.output([images, rows, columns, channels]);
  const launch = forEach(sizeOf(y), { height, width, channels, rows, columns });
  context.run(programs[kind], { inputs: [x], outputs: [y], ...launch });
  return y;
});

const adaptivePoolGradient = webgpuKernel<AdaptiveAttributes>('TesseraAdaptivePoolGrad', (call) => {
  const { context, attributes } = call;
  const [dy, x] = [input(call, 'dy'), input(call, 'x')];
  const [, height = 0, width = 0, channels = 0] = x.shape;
  const { rows, columns, kind } = attributes;
  const dx = context.output(x.shape);
  const launch = forEach(sizeOf(dx), { height, width, channels, rows, columns });
  context.run(gradients[kind], { inputs: kind === 'max' ? [dy, x] : [dy], outputs: [dx], ...launch });
  return dx;
});

/** Pooling. */
export const poolingKernels = [adaptivePool, adaptivePoolGradient];
