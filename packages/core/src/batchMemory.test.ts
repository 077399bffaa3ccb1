import { backend, setBackend, tensor1d } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, it } from 'vitest';
import { BatchMemory, type CopyingBackend } from './batchMemory.js';

beforeAll(() => setBackend('cpu'));

describe('BatchMemory', () => {
  it('gives each batch an array of its own where tensors keep what they are made of', () => {
    const memory = new BatchMemory();
    const first = tensor1d(memory.take(3).fill(1));
    memory.take(3).fill(2);
    expect([...first.dataSync()]).toEqual([1, 1, 1]);
    first.dispose();
  });

  it('lends the same memory again where they do not, of the size asked for', () => {
    const memory = new BatchMemory();
    const copying = backend() as { -readonly [Key in keyof CopyingBackend]: CopyingBackend[Key] };
    copying.copiesArraysFrom = 16;
    try {
      const first = memory.take(8);
      expect([first.length, memory.take(5).length, memory.take(8).length]).toEqual([8, 5, 8]);
      expect(memory.take(5).buffer).toBe(first.buffer);
      expect(memory.take(9).buffer).not.toBe(first.buffer);
      expect(memory.take(3).buffer).not.toBe(memory.take(3).buffer); // less than the backend copies
    } finally {
      delete copying.copiesArraysFrom;
    }
  });
});
