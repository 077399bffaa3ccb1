// Matrix products over several threads, by rows or columns of the result; see assembly/gemm.ts and pack.ts.
import type { WasmFunctions } from '../wasmModule.js';
import { FLOAT, ranges, runCalls, type Division } from './division.js';
import type { Call } from './workerPool.js';

/** Columns of a packed panel. */
const PANEL = 8;
/** Rows that the micro-kernel takes at once. */
const ROWS = 4;

type RowsArguments = Parameters<WasmFunctions['gemmRows']>;
type OuterArguments = Parameters<WasmFunctions['gemmOuter']>;

/** Products of a pool; every thread packs its part of A into work of its own. */
export const threadedProducts = (division: Division): Partial<WasmFunctions> => ({
  rowsWork: (rows, depth) => division.pool.threads * division.own.rowsWork(rows, depth),
  outerWork: (terms, columns) => division.pool.threads * division.own.outerWork(terms, columns),
  pack: (...args) => pack(division, args),
  gemmRows: (...args) => gemmRows(division, args),
  gemmOuter: (...args) => gemmOuter(division, args),
});

function pack({ own, pool, least }: Division, args: Parameters<WasmFunctions['pack']>): number {
  const [from, packed, inner, columns, innerStride, columnStride, panelRows] = args;
  if (inner * columns < least.floats) return own.pack(...args);
  const calls = ranges(columns, PANEL, pool.threads).map(({ first, count }) => [
    from + first * columnStride * FLOAT,
    packed + first * panelRows * FLOAT,
    ...[inner, count, innerStride, columnStride, panelRows],
  ]);
  return runCalls(pool, 'pack', calls);
}

function gemmRows({ own, pool, least }: Division, args: RowsArguments): number {
  const [, , , rows, , segments, length, , , columns] = args;
  const depth = segments * length;
  if (rows * depth * columns < least.product) return own.gemmRows(...args);
  const workBytes = own.rowsWork(rows, depth);
  const divide = rows >= 4 * ROWS * pool.threads ? rowsByRows : rowsByColumns;
  return runCalls(pool, 'gemmRows', divide(args, pool.threads, workBytes));
}

/** Where rows from `row` on start: at offsets of a table, or at regular distances. */
const rowsFrom = (start: number, table: number, bytes: number, row: number): [start: number, table: number] =>
  table ? [start, table + row * FLOAT] : [start + row * bytes, 0];

function rowsByRows(args: RowsArguments, threads: number, workBytes: number): Call[] {
  const [a, aOffsets, aBytes, rows, table, segments, length, packed, panelRows, columns] = args;
  const [c, cOffsets, cBytes, bias, work] = args.slice(10) as [number, number, number, number, number];
  return ranges(rows, ROWS, threads).map(({ first, count }, part) => [
    ...[...rowsFrom(a, aOffsets, aBytes, first), aBytes, count, table, segments, length],
    ...[packed, panelRows, columns],
    ...[...rowsFrom(c, cOffsets, cBytes, first), cBytes, bias, work + part * workBytes],
  ]);
}

function rowsByColumns(args: RowsArguments, threads: number, workBytes: number): Call[] {
  const [, , , , , , , packed, panelRows, columns] = args;
  const [c, cOffsets, cBytes, bias, work] = args.slice(10) as [number, number, number, number, number];
  return ranges(columns, PANEL, threads).map(({ first, count }, part) => [
    ...args.slice(0, 7),
    ...[packed + first * panelRows * FLOAT, panelRows, count],
    ...[c + first * FLOAT, cOffsets, cBytes, bias ? bias + first * FLOAT : 0, work + part * workBytes],
  ]);
}

function gemmOuter({ own, pool, least }: Division, args: OuterArguments): number {
  const [, , , , , , terms, , segments, length, columns] = args;
  if (terms * segments * length * columns < least.product) return own.gemmOuter(...args);
  const workBytes = own.outerWork(terms, columns);
  const divide = length >= columns ? outerByRows : outerByColumns;
  return runCalls(pool, 'gemmOuter', divide(args, pool.threads, workBytes));
}

function outerByRows(args: OuterArguments, threads: number, workBytes: number): Call[] {
  const [a, , , , , , , , , length, columns, c, cBytes, work] = args;
  return ranges(length, ROWS, threads).map(({ first, count }, part) => [
    ...[a + first * FLOAT, ...args.slice(1, 9), count, columns],
    ...[c + first * cBytes, cBytes, work + part * workBytes],
  ]);
}

function outerByColumns(args: OuterArguments, threads: number, workBytes: number): Call[] {
  const [, , , b, , , , , , , columns, c, cBytes, work] = args;
  return ranges(columns, PANEL, threads).map(({ first, count }, part) => [
    ...[...args.slice(0, 3), b + first * FLOAT, ...args.slice(4, 10), count],
    ...[c + first * FLOAT, cBytes, work + part * workBytes],
  ]);
}
