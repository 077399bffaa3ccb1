// What is special about captured graphs; test/native/backend.test.ts holds their runner to the contract.
import { add, memory, mul, scalar, square, sum, tensor1d, type Scalar, type Tensor } from '@tensorflow/tfjs-core';
import type { FunctionRunner } from '@tessera/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { openNative } from './openNative.js';

const refusals: string[] = [];
let runner: FunctionRunner;
beforeAll(async () => {
  runner = await openNative(refusals);
});

describe('captured graphs', () => {
  it('runs the body once for each shape', async () => {
    let runs = 0;
    const total = async (numbers: number[]): Promise<number> => {
      const x = tensor1d(numbers);
      const { outputs } = await runner.run({
        name: 'sum of squares',
        key: 'test/once/',
        inputs: { x },
        body: (given) => {
          runs++;
          return { outputs: { y: sum(square(given.x)) as Scalar }, info: {} };
        },
      });
      const [value = NaN] = await outputs.y.data();
      outputs.y.dispose();
      x.dispose();
      return value;
    };
    expect([await total([1, 2]), await total([3, 4]), await total([1, 2, 3]), await total([0, 1])]).toEqual([
      5, 25, 14, 1,
    ]);
    expect(runs).toBe(2);
    runner.forget('test/');
  });

  it('runs eagerly what reads a value, gives the right numbers and says which function it was', async () => {
    const x = tensor1d([1, 2, 3]);
    for (const factor of [2, 3]) {
      const by = scalar(factor);
      const { outputs } = await runner.run({
        name: 'curious function',
        key: 'test/reads/',
        inputs: { x, by },
        body: (given) => ({ outputs: { y: mul(given.x, given.by.dataSync()[0] ?? NaN) }, info: {} }),
      });
      expect([...(await outputs.y.data())]).toEqual([factor, 2 * factor, 3 * factor]);
      outputs.y.dispose();
      by.dispose();
    }
    expect(refusals.filter((line) => line.startsWith('curious function: '))).toHaveLength(1);
    expect(refusals.at(-1)).toContain('values must not be read in JavaScript');
    x.dispose();
    runner.forget('test/');
  });

  it('keeps a bounded number of graphs, and leaves no tensor behind when they go', async () => {
    const before = memory().numTensors;
    for (let length = 1; length <= 40; length++) {
      const x = tensor1d(Array.from({ length }, () => 1));
      const { outputs } = await runner.run({
        name: 'add one',
        key: 'test/many/',
        inputs: { x },
        body: (given) => ({ outputs: { y: add(given.x, 1) as Tensor }, info: {} }),
      });
      expect((await outputs.y.data()).at(-1)).toBe(2);
      outputs.y.dispose();
      x.dispose();
    }
    runner.forget('test/');
    expect(memory().numTensors).toBe(before);
  });
});
