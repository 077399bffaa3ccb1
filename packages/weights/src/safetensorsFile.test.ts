import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CheckpointError } from '@tessera/core';
import { SafetensorsFile, writeSafetensors } from './safetensorsFile.js';

describe('SafetensorsFile', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tessera-'));
    path = join(folder, 'a.safetensors');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const write = (): Promise<void> =>
    writeSafetensors(path, [
      { name: 'a.weight', shape: [2, 3], values: () => Float32Array.of(1, 2, 3, 4, 5, 6.5) },
      { name: 'scalar', shape: [], values: () => Float32Array.of(-1e-20) },
      { name: 'empty', shape: [0], values: () => new Float32Array(0) },
    ]);

  it('reads what was written, in any order', async () => {
    await write();
    const file = new SafetensorsFile(path);
    expect(file.names).toEqual(['a.weight', 'scalar', 'empty']);
    expect(file.read('scalar')).toMatchObject({ shape: [], values: Float32Array.of(-1e-20) });
    expect(file.read('a.weight')).toMatchObject({ shape: [2, 3], values: Float32Array.of(1, 2, 3, 4, 5, 6.5) });
    expect(file.read('empty')?.values).toHaveLength(0);
    expect(file.read('none')).toBeUndefined();
    file.close();
    file.close();
    expect(() => file.read('scalar')?.values).toThrow(/was closed/);
  });

  it('starts arrays at a multiple of 64 bytes, so that they can be computed with where they lie', async () => {
    for (const name of ['a', 'longer', 'a name that needs another multiple of the header']) {
      await writeSafetensors(path, [{ name, shape: [1], values: () => Float32Array.of(7) }]);
      const bytes = readFileSync(path);
      expect((bytes.length - 4) % 64).toBe(0);
      expect(bytes.readFloatLE(bytes.length - 4)).toBe(7);
    }
  });

  it('leaves an old file of the name whole to who has it open', async () => {
    await write();
    const old = new SafetensorsFile(path);
    await writeSafetensors(path, [{ name: 'scalar', shape: [], values: () => Float32Array.of(3) }]);
    expect([...(old.read('a.weight')?.values ?? [])]).toEqual([1, 2, 3, 4, 5, 6.5]);
    old.close();
  });

  it('reads half, bfloat16 and integer tensors as float32', () => {
    const header = JSON.stringify({
      half: { dtype: 'F16', shape: [4], data_offsets: [0, 8] },
      brain: { dtype: 'BF16', shape: [1], data_offsets: [8, 10] },
      long: { dtype: 'I64', shape: [1], data_offsets: [10, 18] },
    });
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    const data = Buffer.alloc(18);
    [0x3c00, 0xc000, 0x0001, 0x7c00].forEach((bits, i) => data.writeUInt16LE(bits, 2 * i));
    data.writeUInt16LE(0x3fc0, 8);
    data.writeBigInt64LE(-7n, 10);
    writeFileSync(path, Buffer.concat([length, Buffer.from(header), data]));
    const file = new SafetensorsFile(path);
    expect([...(file.read('half')?.values ?? [])]).toEqual([1, -2, 2 ** -24, Infinity]);
    expect([...(file.read('brain')?.values ?? [])]).toEqual([1.5]);
    expect([...(file.read('long')?.values ?? [])]).toEqual([-7]);
    file.close();
  });

  it('refuses a file that was cut short at any place', async () => {
    await write();
    const whole = readFileSync(path).length;
    for (const size of [0, 5, 8, 40, whole - 1]) {
      await write();
      truncateSync(path, size);
      expect(() => new SafetensorsFile(path), `${size} bytes`).toThrow(CheckpointError);
    }
  });

  it('refuses what is no safetensors file, and a missing one', () => {
    writeFileSync(path, '<!doctype html><html><body>404 not found</body></html>');
    expect(() => new SafetensorsFile(path)).toThrow(/not a safetensors file/);
    expect(() => new SafetensorsFile(join(folder, 'none'))).toThrow(/cannot be read \(ENOENT\)/);
  });

  const entry = (shape: number[], ...offsets: number[]) => ({ dtype: 'F32', shape, data_offsets: offsets });

  it.each([
    ['bytes that do not match their shape', { a: entry([3], 0, 8) }, /tensor "a" must take 12 bytes, got 8/],
    ['bytes of another', { a: entry([2], 0, 8), b: entry([1], 4, 8) }, /tensor "b" must start at byte 8.*got 4/],
    ['bytes unused before them', { a: entry([1], 0, 4), b: entry([0], 8, 8) }, /"b" must start at byte 4.*got 8/],
  ])('refuses entries with %s', (_, entries, message) => {
    const header = JSON.stringify(entries);
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    writeFileSync(path, Buffer.concat([length, Buffer.from(header), Buffer.alloc(8)]));
    expect(() => new SafetensorsFile(path)).toThrow(message);
  });
});
