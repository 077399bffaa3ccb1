// Arrays from files into TensorFlow's memory.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memory } from '@tensorflow/tfjs-core';
import { openBackend } from '@tessera/backends';
import { readStored, type StoredValues, type TensorReader } from '@tessera/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const start = 24; // bytes before the array
const numbers = Float32Array.from({ length: 150_000 }, (_, i) => i);
let [folder, file] = ['', ''];
let reader: TensorReader;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tessera-'));
  file = join(folder, 'numbers');
  writeFileSync(file, Buffer.concat([Buffer.alloc(start), Buffer.from(numbers.buffer)]));
  reader = (await openBackend({ backend: 'native' })).reader as TensorReader;
});
afterAll(() => rmSync(folder, { recursive: true }));

const storedOf = (shape: readonly number[], axes?: readonly number[]): StoredValues => ({
  file,
  position: start,
  shape,
  ...(axes && { axes }),
  readPart: (values, from) => values.set(numbers.subarray(from, from + values.length)),
});

describe('the reader of tensors on native TensorFlow', () => {
  it.each([
    [[300, 500], undefined],
    [
      [300, 500],
      [1, 0],
    ],
    [
      [1001, 131],
      [1, 0],
    ],
    [
      [75, 3, 20, 30],
      [2, 3, 1, 0],
    ],
    [
      [100, 1500, 1, 1],
      [2, 3, 1, 0],
    ],
    [[150_000], undefined],
  ] as const)('reads an array of %j whose axes are %j', async (shape, axes) => {
    const stored = storedOf(shape, axes);
    const newShape = (axes ?? shape.map((_, axis) => axis)).map((axis) => shape[axis] ?? 1);
    const before = memory().numTensors;
    const tensor = reader.read(stored, newShape);
    const expected = new Float32Array(shape.reduce((product: number, length) => product * length, 1));
    readStored(stored, expected);
    const values = (await tensor?.data()) ?? [];
    expect(tensor?.shape).toEqual(newShape);
    expect(values.length).toBe(expected.length);
    expect(expected.findIndex((value, i) => value !== values[i])).toBe(-1);
    tensor?.dispose();
    expect(memory().numTensors).toBe(before);
  });

  it('leaves small arrays, files that end early and files that are gone to JavaScript', () => {
    expect(reader.read(storedOf([10, 10]), [10, 10])).toBeUndefined();
    expect(reader.read(storedOf([400, 400]), [400, 400])).toBeUndefined();
    expect(reader.read({ ...storedOf([300, 500]), file: join(folder, 'none') }, [300, 500])).toBeUndefined();
  });
});
