// Arrays from files into TensorFlow's memory.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memory, ones, scalar, variable, zeros, type Variable } from '@tensorflow/tfjs-core';
import { openBackend } from '@tessera/backends';
import { readStored, type StoredValues, type TensorReader } from '@tessera/core';
import { adamWUpdate } from '@tessera/layers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openNative } from './openNative.js';

// Bytes before the array. TensorFlow can compute with a file's own pages where an array starts at a multiple of 64.
const [start, aligned] = [24, 128];
const maps = '/proc/self/maps';
const numbers = Float32Array.from({ length: 150_000 }, (_, i) => i);
let [folder, file] = ['', ''];
let reader: TensorReader;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tessera-'));
  file = join(folder, 'numbers');
  for (const position of [start, aligned]) {
    writeFileSync(fileOf(position), Buffer.concat([Buffer.alloc(position), Buffer.from(numbers.buffer)]));
  }
  reader = (await openBackend({ backend: 'native' })).reader as TensorReader;
});
afterAll(() => rmSync(folder, { recursive: true }));

const fileOf = (position: number): string => (position === start ? file : `${file} at ${position}`);
const storedOf = (shape: readonly number[], axes?: readonly number[], position = start): StoredValues => ({
  file: fileOf(position),
  position,
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

  it.each([[150_000], [300, 500], [4000, 30]])('reads what lies at a multiple of 64 bytes: %j', async (...shape) => {
    const tensor = reader.read(storedOf(shape, undefined, aligned), shape);
    const values = (await tensor?.data()) ?? [];
    expect(tensor?.shape).toEqual(shape);
    expect(values.length).toBe(shape.reduce((product, length) => product * length, 1));
    expect(values.findIndex((value, i) => value !== i)).toBe(-1);
    if (existsSync(maps)) expect(readFileSync(maps, 'utf8')).toContain(fileOf(aligned)); // its own pages
    tensor?.dispose();
    if (existsSync(maps)) expect(readFileSync(maps, 'utf8')).not.toContain(fileOf(aligned));
  });

  it('never writes an update in place to the file', async () => {
    const runner = await openNative();
    const read = (): Variable => variable(reader.read(storedOf([300, 500], undefined, aligned), [300, 500]) as never);
    const [parameter, untouched] = [read(), read()];
    const [m, v] = [variable(zeros([300, 500])), variable(zeros([300, 500]))];
    const options = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 };
    const correction = { biasCorrection1: scalar(0.1), biasCorrection2: scalar(0.001) };
    for (let update = 0; update < 2; update++) {
      await runner.run({
        key: 'update of a mapped parameter',
        name: 'update',
        inputs: { gradient: ones([300, 500]), learningRate: scalar(1), ...correction },
        body: (inputs) => {
          const next = adamWUpdate({ parameter, m, v, ...inputs, ...options });
          parameter.assign(next.parameter);
          m.assign(next.m);
          v.assign(next.v);
          return { outputs: {}, info: undefined };
        },
      });
    }
    const bytes = readFileSync(fileOf(aligned));
    expect(Buffer.compare(bytes.subarray(aligned), Buffer.from(numbers.buffer))).toBe(0);
    const [changed, same] = [await parameter.data(), await untouched.data()];
    expect(changed.every((value, i) => Math.abs(value - (i - 2)) < 1)).toBe(true);
    expect(same.every((value, i) => value === i)).toBe(true);
    for (const each of [parameter, untouched, m, v]) each.dispose();
  });

  it('leaves small arrays, files that end early and files that are gone to JavaScript', () => {
    expect(reader.read(storedOf([10, 10]), [10, 10])).toBeUndefined();
    expect(reader.read(storedOf([400, 400]), [400, 400])).toBeUndefined();
    expect(reader.read(storedOf([400, 400], undefined, aligned), [400, 400])).toBeUndefined();
    expect(reader.read({ ...storedOf([300, 500]), file: join(folder, 'none') }, [300, 500])).toBeUndefined();
  });
});
