// A disk of limited size, put in the place of node:fs: what is written counts, and when it is full a write ends short and
// the next one fails, as a real one does. Reading, and writing while it has room, goes to the real disk.
import type * as NodeFs from 'node:fs';

/** The disk: bytes that are left. */
export const disk = { free: Infinity };

/** node:fs on that disk, for `vi.mock('node:fs', …)`. */
export function onSmallDisk(fs: typeof NodeFs): typeof NodeFs {
  const writeSync = (descriptor: number, data: Uint8Array, offset = 0, length = data.length - offset): number => {
    const count = Math.min(length, disk.free);
    if (count <= 0 && length > 0) throw full();
    disk.free -= count;
    return fs.writeSync(descriptor, data, offset, count);
  };
  const writeFileSync = (path: string, data: string | Uint8Array): void => {
    const bytes = Buffer.from(data as string);
    const count = Math.min(bytes.length, disk.free);
    disk.free -= count;
    fs.writeFileSync(path, bytes.subarray(0, count));
    if (count < bytes.length) throw full();
  };
  return { ...fs, writeSync, writeFileSync } as typeof NodeFs;
}

// As Node's own: it does not name the file.
const full = (): Error =>
  Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC', syscall: 'write' });
