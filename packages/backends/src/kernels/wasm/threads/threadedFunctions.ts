// The compiled functions over several threads. Each divides rows, columns or elements so that every number is computed as
// on one thread: results do not depend on the number of threads. Arguments are documented in assembly/.
import type { WasmFunctions } from '../wasmModule.js';
import { FLOAT, ranges, runCalls, type Division, type LeastWork } from './division.js';
import { threadedAttention } from './threadedAttention.js';
import { threadedProducts } from './threadedProducts.js';
import type { Call, WorkerPool } from './workerPool.js';

/** About 30 to 50 µs, which is what waking a thread takes. */
const worthAThread: LeastWork = { product: 1 << 20, floats: 1 << 15 };

/** Functions that divide their work among the pool's threads. */
export function threadedFunctions(own: WasmFunctions, pool: WorkerPool, least = worthAThread): WasmFunctions {
  const division = { own, pool, least };
  return { ...own, ...threadedProducts(division), ...threadedAttention(division), ...rowsAndElements(division) };
}

function rowsAndElements({ pool, least }: Division): Partial<WasmFunctions> {
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
    return runCalls(pool, name, calls);
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
      return runCalls(pool, 'affine', calls);
    },

    layerNorm: (x, scale, offset, rows, size, epsilon, y, mean, inverseStd) => {
      const calls = ranges(rows, 1, parts(rows * size)).map(({ first, count }) => {
        const shift = first * size * FLOAT;
        const statistics = [mean + first * FLOAT, inverseStd + first * FLOAT];
        return [x + shift, scale, offset, count, size, epsilon, y + shift, ...statistics];
      });
      return runCalls(pool, 'layerNorm', calls);
    },
  };
}
