import { memory } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { StoredValues, TensorReader } from '@tessera/core';
import { openBackend } from '../../index.js';

let reader: TensorReader;
beforeAll(async () => {
  const opened = await openBackend({ backend: 'wasm' });
  reader = opened.reader as TensorReader;
});

const stored = (readPart: StoredValues['readPart']): StoredValues => ({
  file: 'a file',
  position: 0,
  shape: [2, 3],
  axes: [1, 0],
  readPart,
});

describe('the reader of tensors on wasm', () => {
  it('gives a tensor of the values in the order of its axes', async () => {
    const before = memory();
    const tensor = reader.read(
      stored((values, from) => values.forEach((_, i) => (values[i] = from + i))),
      [3, 2],
    );
    expect(tensor).toMatchObject({ shape: [3, 2], dtype: 'float32' });
    expect([...((await tensor?.data()) ?? [])]).toEqual([0, 3, 1, 4, 2, 5]);
    expect(memory()).toMatchObject({ numTensors: before.numTensors + 1, numBytes: before.numBytes + 24 });
    tensor?.dispose();
    expect(memory()).toMatchObject({ numTensors: before.numTensors, numBytes: before.numBytes });
  });

  it('frees its memory and says what the file says when it cannot be read', () => {
    const before = memory().numTensors;
    const broken = stored(() => {
      throw new Error('cut short');
    });
    expect(() => reader.read(broken, [3, 2])).toThrow('cut short');
    expect(memory().numTensors).toBe(before);
  });
});
