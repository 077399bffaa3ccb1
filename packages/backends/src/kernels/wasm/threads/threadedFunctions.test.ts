import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { instantiateKernels, type WasmFunctions, type WasmModule } from '../wasmModule.js';
import { ranges } from './division.js';
import { threadedFunctions } from './threadedFunctions.js';
import { WorkerPool } from './workerPool.js';

const THREADS = 3;
const MEGABYTE = 2 ** 20;

/** Six inputs of a megabyte, with values around 0; then results; then scratch. */
const input = (index: number): number => MEGABYTE * (1 + index);
const result = (index: number): number => MEGABYTE * (8 + index);
const SCRATCH = 16 * MEGABYTE;
const TABLE = 7 * MEGABYTE;

type Run = (functions: WasmFunctions) => void;

/** Sizes that no thread count or vector width divides. */
const calls: Record<string, Run> = {
  pack: (f) => f.pack(input(0), result(0), 37, 45, 45, 1, 37),
  'pack transposed': (f) => f.pack(input(0), result(0), 37, 45, 1, 37, 37),
  'gemmRows by rows': (f) =>
    f.gemmRows(input(0), 0, 4 * 19, 101, 0, 1, 19, input(1), 19, 21, result(0), 0, 4 * 21, input(2), SCRATCH),
  'gemmRows by columns': (f) =>
    f.gemmRows(input(0), 0, 4 * 19, 5, 0, 1, 19, input(1), 19, 83, result(0), 0, 4 * 83, input(2), SCRATCH),
  'gemmRows by tables of places': (f) =>
    f.gemmRows(input(0), TABLE, 0, 101, 0, 1, 19, input(1), 19, 21, result(0), TABLE, 0, 0, SCRATCH),
  'gemmOuter by rows': (f) =>
    f.gemmOuter(input(0), 0, 4 * 61, input(1), 0, 4 * 21, 301, 0, 1, 61, 21, result(0), 4 * 21, SCRATCH),
  'gemmOuter by columns': (f) =>
    f.gemmOuter(input(0), 0, 4 * 13, input(1), 0, 4 * 77, 301, 0, 1, 13, 77, result(0), 4 * 77, SCRATCH),
  'gemmOuter by tables of places': (f) =>
    f.gemmOuter(input(0), TABLE, 0, input(1), TABLE, 0, 101, 0, 1, 13, 27, result(0), 4 * 27, SCRATCH),
  attentionProbabilities: (f) =>
    f.attentionProbabilities(input(0), input(1), input(2), result(0), SCRATCH, 5, 2, 7, 9, 6),
  'attentionProbabilities without a mask': (f) =>
    f.attentionProbabilities(input(0), input(1), 0, result(0), SCRATCH, 5, 2, 7, 9, 6),
  attentionContext: (f) => f.attentionContext(input(0), input(1), result(0), SCRATCH, 5, 2, 7, 9, 6),
  attentionGradient: (f) =>
    f.attentionGradient(
      ...[input(0), input(1), input(2), input(3), input(4), input(5), result(0), result(1), result(2)],
      ...[SCRATCH, 5, 2, 7, 9, 6],
    ),
  gelu: (f) => f.gelu(input(0), result(0), 1003),
  geluGradient: (f) => f.geluGradient(input(0), input(1), result(0), 1003),
  reluGradient: (f) => f.reluGradient(input(0), input(1), result(0), 1003),
  adamW: (f) =>
    f.adamW(
      ...[input(0), input(1), TABLE, input(2), result(0), result(1), result(2), 1003],
      ...[0.5, 0.1, 0.9, 0.99, 0.9, 0.999, 0.1, 0.001, 1e-8, 0.01],
    ),
  affine: (f) => f.affine(input(0), 0, result(0), 101, 7, input(1), input(2), 0),
  'affine with residual and ReLU': (f) => f.affine(input(0), input(3), result(0), 101, 7, input(1), input(2), 1),
  layerNorm: (f) => f.layerNorm(input(0), input(1), input(2), 101, 7, 1e-5, result(0), result(1), result(2)),
};

describe('functions over several threads', () => {
  let compiled: WasmModule;
  let pool: WorkerPool;
  let bytes: Uint8Array;

  beforeAll(async () => {
    const { WebAssembly } = globalThis as unknown as {
      WebAssembly: { Memory: new (limits: object) => { buffer: SharedArrayBuffer } };
    };
    const memory = new WebAssembly.Memory({ initial: 512, maximum: 65536, shared: true });
    bytes = new Uint8Array(memory.buffer);
    const floats = new Float32Array(memory.buffer, input(0), (6 * MEGABYTE) / 4);
    floats.forEach((_, i) => (floats[i] = Math.sin(i * 12.9898) * 2));
    const places = new Uint32Array(memory.buffer, TABLE, 512);
    places.forEach((_, i) => (places[i] = 4 * 32 * ((i * 7) % 512)));
    compiled = await instantiateKernels(memory);
    pool = await WorkerPool.start(compiled, THREADS);
  });
  afterAll(() => pool.close());

  /** All results of a call, into zeros. */
  const resultsOf = (call: Run, functions: WasmFunctions): Uint8Array => {
    bytes.fill(0, result(0), SCRATCH);
    call(functions);
    return bytes.slice(result(0), SCRATCH);
  };

  it.each(Object.entries(calls))('%s gives the same bits as on one thread', (_, call) => {
    const expected = resultsOf(call, compiled.functions);
    expect(expected.some((byte) => byte !== 0)).toBe(true);
    const threaded = threadedFunctions(compiled.functions, pool, { product: 0, floats: 0 });
    expect(Buffer.compare(resultsOf(call, threaded), expected)).toBe(0);
  });

  it('wakes no thread for little work', () => {
    const used: number[] = [];
    const counting = Object.create(pool, {
      run: {
        value: (name: keyof WasmFunctions, parts: readonly (readonly number[])[]) => {
          used.push(parts.length);
          pool.run(name, parts);
        },
      },
    }) as WorkerPool;
    const threaded = threadedFunctions(compiled.functions, counting);
    threaded.gelu(input(0), result(0), 100);
    threaded.gelu(input(0), result(0), 200_000);
    expect(used).toEqual([1, THREADS]);
  });

  it('says which function failed on a worker', () => {
    const outside = 2 ** 31;
    expect(() =>
      pool.run('gelu', [
        [input(0), result(0), 4],
        [outside, outside, 4],
      ]),
    ).toThrow('wasm kernels: gelu failed on a worker thread.');
  });
});

describe('ranges', () => {
  it('cover everything once, start at multiples of the step and differ by a step at most', () => {
    expect(ranges(10, 4, 2)).toEqual([
      { first: 0, count: 4 },
      { first: 4, count: 6 },
    ]);
    expect(ranges(3, 4, 8)).toEqual([{ first: 0, count: 3 }]);
    expect(ranges(0, 4, 2)).toEqual([]);
    const parts = ranges(1001, 8, 5);
    expect(parts.reduce((sum, { count }) => sum + count, 0)).toBe(1001);
    expect(parts.every(({ first }) => first % 8 === 0)).toBe(true);
  });
});
