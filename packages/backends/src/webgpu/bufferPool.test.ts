import { describe, expect, it } from 'vitest';
import { BufferPool } from './bufferPool.js';
import type { BufferManager, GpuBuffer } from './webgpuBackend.js';

/** Buffers of a device that is not there, and which of them it holds. */
function makePool(): { pool: BufferPool; held: Set<GpuBuffer> } {
  const held = new Set<GpuBuffer>();
  const bufferManager: BufferManager = {
    acquireBuffer: (size, usage) => {
      const buffer = { size, usage };
      held.add(buffer);
      return buffer;
    },
    releaseBuffer: (buffer) => held.delete(buffer),
  };
  return { pool: new BufferPool({ bufferManager }), held };
}

const bytesOf = (held: ReadonlySet<GpuBuffer>): number => [...held].reduce((sum, { size }) => sum + size, 0);

describe("recordings' memory", () => {
  it('is shared by recordings of other sizes, and as large as the largest of each place', () => {
    const { pool, held } = makePool();
    for (const sizes of [[100, 40], [80, 60, 8], [90]]) {
      pool.join();
      expect(pool.take(sizes).map(({ buffer }, i) => buffer.size >= (sizes[i] ?? NaN))).not.toContain(false);
    }
    expect(bytesOf(held)).toBe(100 + 60 + 8);
  });

  it('retires what has become too small, and nothing else', () => {
    const { pool, held } = makePool();
    pool.join();
    const [large, small] = pool.take([100, 40]);
    pool.join();
    pool.take([80, 60]);
    expect([large?.retired, small?.retired]).toEqual([false, true]);
    expect(held.size).toBe(2);
  });

  it('does not grow when recordings take turns', () => {
    const { pool, held } = makePool();
    pool.join();
    pool.join();
    for (let turn = 0; turn < 5; turn++) {
      pool.take([100, 40]);
      pool.take([70, 60]);
    }
    expect(bytesOf(held)).toBe(160);
  });

  it('goes with the last recording', () => {
    const { pool, held } = makePool();
    pool.join();
    pool.join();
    const [buffer] = pool.take([100]);
    pool.leave();
    expect(held.size).toBe(1);
    pool.leave();
    expect(held.size).toBe(0);
    expect(buffer?.retired).toBe(true);
  });
});
