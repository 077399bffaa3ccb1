// Attention over several threads; see assembly/attention.ts.
import type { WasmFunctions } from '../wasmModule.js';
import { FLOAT, ranges, runCalls, type Division } from './division.js';

/** Attention of a pool, by entries of the batch. */
export function threadedAttention({ own, pool, least }: Division): Partial<WasmFunctions> {
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
    return runCalls(pool, name, calls);
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
