// The compiled functions over several threads. Each divides rows, columns or elements so that every number is computed as
// on one thread: results do not depend on the number of threads. Arguments are documented in assembly/.
import type { WasmFunctions } from '../wasmModule.js';
import type { Call, WorkerPool } from './workerPool.js';

const FLOAT = 4;
/** Columns of a packed panel. */
const PANEL = 8;

/** Less work than this stays on one thread. */
export interface LeastWork {
  /** Multiply-adds of a product. */
  readonly product: number;
  /** Floats of an elementwise function. */
  readonly floats: number;
}

/** About 30 to 50 µs, which is what waking a thread takes. */
const worthAThread: LeastWork = { product: 1 << 20, floats: 1 << 15 };

interface Range {
  readonly first: number;
  readonly count: number;
}

/** Divides `count` into at most `parts` ranges that start at multiples of `step`. */
export function ranges(count: number, step: number, parts: number): Range[] {
  const units = Math.ceil(count / step);
  const used = Math.min(parts, units);
  const edge = (part: number): number => Math.min(count, Math.floor((units * part) / used) * step);
  return Array.from({ length: used }, (_, part) => ({ first: edge(part), count: edge(part + 1) - edge(part) }));
}

/** Functions that divide their work among the pool's threads. */
export function threadedFunctions(own: WasmFunctions, pool: WorkerPool, least = worthAThread): WasmFunctions {
  return { ...own, ...products(own, pool, least), ...attention(own, pool, least), ...rowsAndElements(pool, least) };
}

function run(pool: WorkerPool, name: keyof WasmFunctions, calls: readonly Call[]): number {
  pool.run(name, calls);
  return 0;
}

function products(own: WasmFunctions, pool: WorkerPool, least: LeastWork): Partial<WasmFunctions> {
  const { threads } = pool;
  return {
    // Every thread packs its rows of A into work of its own.
    rowsWork: (rows, depth) => threads * own.rowsWork(rows, depth),
    outerWork: (terms, columns) => threads * own.outerWork(terms, columns),

    pack: (from, packed, inner, columns, innerStride, columnStride, panelRows) => {
      if (inner * columns < least.floats)
        return own.pack(from, packed, inner, columns, innerStride, columnStride, panelRows);
      const calls = ranges(columns, PANEL, threads).map(({ first, count }) => [
        from + first * columnStride * FLOAT,
        packed + first * panelRows * FLOAT,
        ...[inner, count, innerStride, columnStride, panelRows],
      ]);
      return run(pool, 'pack', calls);
    },

    gemmRows: (...args) => {
      const [a, aOffsets, aBytes, rows, table, segments, length] = args;
      const [, , , , , , , packed, panelRows, columns, c, cOffsets, cBytes, bias, work] = args;
      const depth = segments * length;
      if (rows * depth * columns < least.product) return own.gemmRows(...args);
      const workBytes = own.rowsWork(rows, depth);
      const place = (start: number, offsets: number, bytes: number, row: number): [number, number] =>
        offsets ? [start, offsets + row * FLOAT] : [start + row * bytes, 0];
      const byRows = (): Call[] =>
        ranges(rows, 4, threads).map(({ first, count }, part) => {
          const [aStart, aTable] = place(a, aOffsets, aBytes, first);
          const [cStart, cTable] = place(c, cOffsets, cBytes, first);
          const left = [aStart, aTable, aBytes, count, table, segments, length];
          return [...left, packed, panelRows, columns, cStart, cTable, cBytes, bias, work + part * workBytes];
        });
      const byColumns = (): Call[] =>
        ranges(columns, PANEL, threads).map(({ first, count }, part) => {
          const right = [packed + first * panelRows * FLOAT, panelRows, count];
          const result = [c + first * FLOAT, cOffsets, cBytes, bias ? bias + first * FLOAT : 0];
          return [a, aOffsets, aBytes, rows, table, segments, length, ...right, ...result, work + part * workBytes];
        });
      return run(pool, 'gemmRows', rows >= 16 * threads ? byRows() : byColumns());
    },

    gemmOuter: (...args) => {
      const [a, aOffsets, aBytes, b, bOffsets, bBytes, terms, table] = args;
      const [, , , , , , , , segments, length, columns, c, cBytes, work] = args;
      if (terms * segments * length * columns < least.product) return own.gemmOuter(...args);
      const workBytes = own.outerWork(terms, columns);
      const right = [b, bOffsets, bBytes, terms, table, segments];
      const byRows = (): Call[] =>
        ranges(length, 4, threads).map(({ first, count }, part) => {
          const result = [c + first * cBytes, cBytes, work + part * workBytes];
          return [a + first * FLOAT, aOffsets, aBytes, ...right, count, columns, ...result];
        });
      const byColumns = (): Call[] =>
        ranges(columns, PANEL, threads).map(({ first, count }, part) => {
          const shifted = [b + first * FLOAT, ...right.slice(1)];
          return [a, aOffsets, aBytes, ...shifted, length, count, c + first * FLOAT, cBytes, work + part * workBytes];
        });
      return run(pool, 'gemmOuter', length >= columns ? byRows() : byColumns());
    },
  };
}

function attention(own: WasmFunctions, pool: WorkerPool, least: LeastWork): Partial<WasmFunctions> {
  const { threads } = pool;
  /** Divides the batch; `floats` says how many floats one entry has of each address, 0 for one that is not there. */
  const byBatch = (
    name: 'attentionProbabilities' | 'attentionContext' | 'attentionGradient',
    addresses: readonly number[],
    floats: readonly number[],
    sizes: readonly [scratch: number, batch: number, heads: number, queries: number, keys: number, headSize: number],
  ): number => {
    const [scratch, batch, heads, queries, keys, headSize] = sizes;
    const parts = batch * heads * queries * keys * headSize < least.product ? 1 : threads;
    const scratchBytes = own.attentionScratch(queries, keys, headSize);
    const calls = ranges(batch, 1, parts).map(({ first, count }, part) => [
      ...addresses.map((address, i) => (address ? address + first * (floats[i] ?? 0) * FLOAT : 0)),
      ...[scratch + part * scratchBytes, count, heads, queries, keys, headSize],
    ]);
    return run(pool, name, calls);
  };
  return {
    attentionScratch: (queries, keys, headSize) => threads * own.attentionScratch(queries, keys, headSize),
    attentionProbabilities: (q, k, mask, p, ...sizes) => {
      const [, , heads, queries, keys, headSize] = sizes;
      const [rows, columns] = [queries * heads * headSize, keys * heads * headSize];
      return byBatch('attentionProbabilities', [q, k, mask, p], [rows, columns, keys, heads * queries * keys], sizes);
    },
    attentionContext: (p, v, context, ...sizes) => {
      const [, , heads, queries, keys, headSize] = sizes;
      const [rows, columns] = [queries * heads * headSize, keys * heads * headSize];
      return byBatch('attentionContext', [p, v, context], [heads * queries * keys, columns, rows], sizes);
    },
    attentionGradient: (dy, q, k, v, p, kept, dq, dk, dv, ...sizes) => {
      const [, , heads, queries, keys, headSize] = sizes;
      const [rows, columns, square] = [queries * heads * headSize, keys * heads * headSize, heads * queries * keys];
      const floats = [rows, rows, columns, columns, square, square, rows, columns, columns];
      return byBatch('attentionGradient', [dy, q, k, v, p, kept, dq, dk, dv], floats, sizes);
    },
  };
}

function rowsAndElements(pool: WorkerPool, least: LeastWork): Partial<WasmFunctions> {
  const { threads } = pool;
  const parts = (floats: number): number => (floats < least.floats ? 1 : threads);
  const elements = (
    name: keyof WasmFunctions,
    addresses: readonly number[],
    count: number,
    rest: Call = [],
  ): number => {
    const calls = ranges(count, 4, parts(count)).map((range) => [
      ...addresses.map((address) => address + range.first * FLOAT),
      range.count,
      ...rest,
    ]);
    return run(pool, name, calls);
  };
  return {
    gelu: (x, y, count) => elements('gelu', [x, y], count),
    geluGradient: (dy, x, dx, count) => elements('geluGradient', [dy, x, dx], count),
    reluGradient: (dy, y, dx, count) => elements('reluGradient', [dy, y, dx], count),
    adamW: (parameter, m, v, gradient, newParameter, newM, newV, count, ...rest) =>
      elements('adamW', [parameter, m, v, gradient, newParameter, newM, newV], count, rest),

    affine: (x, residual, y, rows, channels, ...rest) => {
      const calls = ranges(rows, 1, parts(rows * channels)).map(({ first, count }) => {
        const shift = first * channels * FLOAT;
        return [x + shift, residual ? residual + shift : 0, y + shift, count, channels, ...rest];
      });
      return run(pool, 'affine', calls);
    },

    layerNorm: (x, scale, offset, rows, size, epsilon, y, mean, inverseStd) => {
      const calls = ranges(rows, 1, parts(rows * size)).map(({ first, count }) => {
        const shift = first * size * FLOAT;
        const statistics = [mean + first * FLOAT, inverseStd + first * FLOAT];
        return [x + shift, scale, offset, count, size, epsilon, y + shift, ...statistics];
      });
      return run(pool, 'layerNorm', calls);
    },
  };
}
