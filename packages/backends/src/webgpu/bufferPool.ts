import { STORAGE_USAGE, type GpuBuffer, type WebgpuBackend } from './webgpuBackend.js';

/** A buffer that recordings share; one that has grown too small is retired. */
export interface PooledBuffer {
  readonly buffer: GpuBuffer;
  retired: boolean;
}

/**
 * Memory for what lives within one recorded step. Steps run one after the other and leave nothing there, so that all of a
 * backend's recordings use the same buffers, and the pool is as large as the largest of them needs.
 */
export class BufferPool {
  private buffers: PooledBuffer[] = []; // from large to small, which `take` keeps
  private users = 0;

  constructor(private readonly backend: Pick<WebgpuBackend, 'bufferManager'>) {}

  /**
   * Buffers of at least these sizes, each another. Where one must be larger than those that are left, the largest of them
   * is retired: recordings that use it take buffers again.
   * @param sizes - in bytes, from large to small
   */
  take(sizes: readonly number[]): PooledBuffer[] {
    return sizes.map((size, i) => {
      const there = this.buffers[i];
      if (there && there.buffer.size >= size) return there;
      if (there) this.retire(there);
      const made = {
        buffer: this.backend.bufferManager.acquireBuffer(size, STORAGE_USAGE, false, false),
        retired: false,
      };
      this.buffers[i] = made;
      return made;
    });
  }

  /** One recording more. */
  join(): void {
    this.users += 1;
  }

  /** One recording less; with the last of them the memory goes. */
  leave(): void {
    this.users -= 1;
    if (this.users > 0) return;
    for (const buffer of this.buffers) this.retire(buffer);
    this.buffers = [];
  }

  private retire(pooled: PooledBuffer): void {
    pooled.retired = true;
    this.backend.bufferManager.releaseBuffer(pooled.buffer, false);
  }
}
