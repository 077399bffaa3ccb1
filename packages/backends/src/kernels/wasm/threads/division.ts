// How work is divided among threads.
import type { WasmFunctions } from '../wasmModule.js';
import type { Call, WorkerPool } from './workerPool.js';

/** Bytes of a number. */
export const FLOAT = 4;

/** Less work than this stays on one thread. */
export interface LeastWork {
  /** Multiply-adds of a product. */
  readonly product: number;
  /** Floats of an elementwise function. */
  readonly floats: number;
}

/** What divides a function's work. */
export interface Division {
  /** The functions on one thread. */
  readonly own: WasmFunctions;
  readonly pool: WorkerPool;
  readonly least: LeastWork;
}

/** Makes calls side by side; these functions return nothing that is used. */
export function runCalls(pool: WorkerPool, name: keyof WasmFunctions, calls: readonly Call[]): number {
  pool.run(name, calls);
  return 0;
}

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
