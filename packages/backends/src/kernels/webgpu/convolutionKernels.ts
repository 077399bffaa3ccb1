// The gradient of a convolution's filter as a product of matrices: rows are the filter's places and input channels, columns
// its output channels, and the inner size are all positions of all images, cut into chunks that are added up at the end.
// TensorFlow.js gives each filter element one thread that walks over all positions, which leaves most of a GPU idle.
// Legend: N images, H, W and Ci of the input, oH, oW and Co of the output, kH, kW the filter, R = kH·kW·Ci rows.
import { backend_util, type TensorInfo } from '@tensorflow/tfjs-core';
import { sumRows } from './columnSums.js';
import { input, sizeOf, webgpuKernel } from './webgpuKernel.js';
import { floats, type WgslProgram } from './wgslProgram.js';

/** Rows and columns of a tile; each of 64 threads has 4 × 4 of its elements. */
const TILE = 32;
/** Positions that are multiplied between two loads. */
const DEPTH = 16;
const THREADS = 64;
/** Workgroups that are wanted at least, and positions that a chunk has at least. */
const WANTED_GROUPS = 512;
const LEAST_POSITIONS = 128;

const sizes = ['images', 'height', 'width', 'channels', 'outHeight', 'outWidth', 'outputs'] as const;
const geometry = ['filterHeight', 'filterWidth', 'strideHeight', 'strideWidth', 'padTop', 'padLeft'] as const;
const integers = (names: readonly string[]): Record<string, 'i32'> =>
  Object.fromEntries(names.map((name) => [name, 'i32']));

const program: WgslProgram = {
  name: 'filterGradient',
  outputs: ['part'],
  inputs: floats('x', 'dy'),
  uniforms: integers([...sizes, ...geometry, 'chunks', 'chunkPositions']),
  threads: THREADS,
  functions: `
var<workgroup> left: array<f32, ${DEPTH * TILE}>;
var<workgroup> right: array<f32, ${DEPTH * TILE}>;`,
  body: `
  let rows = u.filterHeight * u.filterWidth * u.channels;
  let positions = u.images * u.outHeight * u.outWidth;
  let columnTiles = (u.outputs + ${TILE - 1}) / ${TILE};
  let rowTiles = (rows + ${TILE - 1}) / ${TILE};
  let tile = i32(block) % (columnTiles * rowTiles);
  let chunk = i32(block) / (columnTiles * rowTiles);
  if (chunk >= u.chunks) { return; }
  let firstRow = tile / columnTiles * ${TILE};
  let firstColumn = tile % columnTiles * ${TILE};
  let end = min((chunk + 1) * u.chunkPositions, positions);
  let mine = vec2i(i32(lane) / 8 * 4, i32(lane) % 8 * 4); // row and column of this thread's elements in the tile
  // Each thread loads the values of one row and one column of the tiles, for every other position.
  let row = firstRow + i32(lane) % ${TILE};
  let place = vec2i(row / u.channels / u.filterWidth, row / u.channels % u.filterWidth);
  let channel = row % u.channels;
  let column = firstColumn + i32(lane) % ${TILE};
  var sums = array<vec4f, 4>(vec4f(0.0), vec4f(0.0), vec4f(0.0), vec4f(0.0));
  for (var start = chunk * u.chunkPositions; start < end; start += ${DEPTH}) {
    for (var k = i32(lane) / ${TILE}; k < ${DEPTH}; k += ${THREADS / TILE}) {
      let position = start + k;
      let image = position / u.outWidth / u.outHeight;
      let out = vec2i(position / u.outWidth % u.outHeight, position % u.outWidth);
      let at = out * vec2i(u.strideHeight, u.strideWidth) + place - vec2i(u.padTop, u.padLeft);
      let inside = all(at >= vec2i(0)) && at.x < u.height && at.y < u.width && row < rows && position < end;
      var value = 0.0;
      if (inside) { value = x[((image * u.height + at.x) * u.width + at.y) * u.channels + channel]; }
      left[k * ${TILE} + i32(lane) % ${TILE}] = value;
      var given = 0.0;
      if (column < u.outputs && position < end) { given = dy[position * u.outputs + column]; }
      right[k * ${TILE} + i32(lane) % ${TILE}] = given;
    }
    workgroupBarrier();
    for (var k = 0; k < ${DEPTH}; k++) {
      let at = k * ${TILE};
      let b = vec4f(right[at + mine.y], right[at + mine.y + 1], right[at + mine.y + 2], right[at + mine.y + 3]);
      for (var r = 0; r < 4; r++) { sums[r] += left[at + mine.x + r] * b; }
    }
    workgroupBarrier();
  }
  for (var r = 0; r < 4; r++) {
    for (var c = 0; c < 4; c++) {
      let to = vec2i(firstRow, firstColumn) + mine + vec2i(r, c);
      if (to.x < rows && to.y < u.outputs) { part[(chunk * rows + to.x) * u.outputs + to.y] = sums[r][c]; }
    }
  }`,
};

interface FilterAttributes {
  readonly strides: number | [number, number];
  readonly pad: 'valid' | 'same' | number | backend_util.ExplicitPadding;
  readonly dataFormat: 'NHWC' | 'NCHW';
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
  readonly filterShape: [number, number, number, number];
}

type Conv2DInfo = ReturnType<typeof backend_util.computeConv2DInfo>;

const numbersOf = (info: Conv2DInfo): Record<(typeof sizes)[number] | (typeof geometry)[number], number> => ({
  images: info.batchSize,
  height: info.inHeight,
  width: info.inWidth,
  channels: info.inChannels,
  outHeight: info.outHeight,
  outWidth: info.outWidth,
  outputs: info.outChannels,
  filterHeight: info.filterHeight,
  filterWidth: info.filterWidth,
  strideHeight: info.strideHeight,
  strideWidth: info.strideWidth,
  padTop: info.padInfo.top,
  padLeft: info.padInfo.left,
});

/** Chunks of positions, so many that the device is busy and each has enough to do. */
function cutPositions(positions: number, tiles: number): { chunks: number; chunkPositions: number } {
  const wanted = Math.min(Math.ceil(WANTED_GROUPS / tiles), Math.ceil(positions / LEAST_POSITIONS));
  const chunkPositions = Math.ceil(Math.ceil(positions / Math.max(wanted, 1)) / DEPTH) * DEPTH;
  return { chunkPositions, chunks: Math.ceil(positions / chunkPositions) };
}

const filterGradient = webgpuKernel<FilterAttributes>('Conv2DBackpropFilter', (call) => {
  const { context, attributes, original } = call;
  const [x, dy] = [input(call, 'x'), input(call, 'dy')];
  const { strides, pad, dataFormat, dimRoundingMode, filterShape } = attributes;
  if (dataFormat !== 'NHWC' || sizeOf(dy) === 0) return original();
  const shape = x.shape as [number, number, number, number];
  const info = backend_util.computeConv2DInfo(shape, filterShape, strides, 1, pad, dimRoundingMode);
  const rows = info.filterHeight * info.filterWidth * info.inChannels;
  const tiles = Math.ceil(rows / TILE) * Math.ceil(info.outChannels / TILE);
  const cut = cutPositions(info.batchSize * info.outHeight * info.outWidth, tiles);
  const dFilter = context.output(filterShape);
  const run = (part: TensorInfo): void =>
    context.run(program, {
      inputs: [x, dy],
      outputs: [part],
      uniforms: { ...numbersOf(info), ...cut },
      workgroups: tiles * cut.chunks,
    });
  if (cut.chunks === 1) {
    run(dFilter);
    return dFilter;
  }
  const part = context.output([cut.chunks, rows * info.outChannels]);
  run(part);
  sumRows(context, part, dFilter, [cut.chunks, rows * info.outChannels]);
  context.release(part);
  return dFilter;
});

/** Convolution. */
export const convolutionKernels = [filterGradient];
