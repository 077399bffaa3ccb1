// Sums over the rows of a matrix, in two steps: partial sums over chunks of rows, then over the chunks. The order of
// summing is fixed, so that results repeat bit by bit. Legend: R rows, C columns, K chunks.
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { WebgpuContext } from './webgpuContext.js';
import { floats, type WgslProgram } from './wgslProgram.js';

/** How the rows are cut. */
export interface Chunks {
  readonly rows: number;
  readonly columns: number;
  readonly chunks: number;
  readonly chunkRows: number;
}

const COLUMN_THREADS = 64;
const MAX_CHUNKS = 512;

/** Chunks of 32 rows, or more where there would be too many to add up. */
export function cutRows(rows: number, columns: number): Chunks {
  const wanted = Math.max(Math.ceil(rows / 32), 1);
  const chunkRows = Math.max(Math.ceil(rows / Math.min(wanted, MAX_CHUNKS)), 1);
  return { rows, columns, chunkRows, chunks: Math.max(Math.ceil(rows / chunkRows), 1) };
}

const cutUniforms = { rows: 'u32', columns: 'u32', chunkRows: 'u32', chunks: 'u32' } as const;

/** A program for the first step; `body` sees `column`, `chunk`, `top` and `bottom` (rows), and `at`, where to write. */
export const overChunks = (program: Omit<WgslProgram, 'threads'>): WgslProgram => ({
  ...program,
  threads: COLUMN_THREADS,
  uniforms: { ...cutUniforms, ...program.uniforms },
  body: `
  let columnBlocks = (u.columns + ${COLUMN_THREADS - 1}u) / ${COLUMN_THREADS}u;
  let column = block % columnBlocks * ${COLUMN_THREADS}u + lane;
  let chunk = block / columnBlocks;
  if (column >= u.columns || chunk >= u.chunks) { return; }
  let top = chunk * u.chunkRows;
  let bottom = min(top + u.chunkRows, u.rows);
  let at = chunk * u.columns + column;
  ${program.body}`,
});

/** A program for the second step; `body` sees `column`. */
export const overColumns = (program: Omit<WgslProgram, 'threads'>): WgslProgram => ({
  ...program,
  threads: COLUMN_THREADS,
  uniforms: { ...cutUniforms, ...program.uniforms },
  body: `
  let column = block * ${COLUMN_THREADS}u + lane;
  if (column >= u.columns) { return; }
  ${program.body}`,
});

/** What both steps run on. */
export interface ColumnLaunch {
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  readonly uniforms?: Readonly<Record<string, number>>;
}

/** Runs a program of `overChunks`. */
export function runOverChunks(context: WebgpuContext, program: WgslProgram, cut: Chunks, launch: ColumnLaunch): void {
  const workgroups = Math.ceil(cut.columns / COLUMN_THREADS) * cut.chunks;
  context.run(program, { ...launch, uniforms: { ...cut, ...launch.uniforms }, workgroups });
}

/** Runs a program of `overColumns`. */
export function runOverColumns(context: WebgpuContext, program: WgslProgram, cut: Chunks, launch: ColumnLaunch): void {
  const workgroups = Math.ceil(cut.columns / COLUMN_THREADS);
  context.run(program, { ...launch, uniforms: { ...cut, ...launch.uniforms }, workgroups });
}

/** Sums `names` (of [K, C] inputs) over their chunks into outputs of the same names with a capital T for total. */
export const totals = (names: readonly string[]): string =>
  names
    .map(
      (name) => `
  var ${name}Total = 0.0;
  for (var k = 0u; k < u.chunks; k++) { ${name}Total += ${name}[k * u.columns + column]; }`,
    )
    .join('');

const sumChunks = overChunks({
  name: 'columnSumChunks',
  outputs: ['part'],
  inputs: floats('x'),
  uniforms: {},
  body: `
  var total = 0.0;
  for (var r = top; r < bottom; r++) { total += x[r * u.columns + column]; }
  part[at] = total;`,
});

const sumParts = overColumns({
  name: 'columnSums',
  outputs: ['y'],
  inputs: floats('part'),
  uniforms: {},
  body: `${totals(['part'])}
  y[column] = partTotal;`,
});

/** Sums x, taken as [R, C], over its rows into y [C]. */
export function sumRows(context: WebgpuContext, x: TensorInfo, y: TensorInfo, [rows, columns]: [number, number]): void {
  const cut = cutRows(rows, columns);
  if (cut.chunks === 1) return runOverChunks(context, sumChunks, cut, { inputs: [x], outputs: [y] });
  const part = context.output([cut.chunks, columns]);
  runOverChunks(context, sumChunks, cut, { inputs: [x], outputs: [part] });
  runOverColumns(context, sumParts, cut, { inputs: [part], outputs: [y] });
  context.release(part);
}
