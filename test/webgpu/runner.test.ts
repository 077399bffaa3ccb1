// The contract of function runners on recorded steps, and what is special about them.
import {
  add,
  addN,
  backend,
  memory,
  mul,
  scalar,
  square,
  sum,
  tensor1d,
  variable,
  type Scalar,
  type Tensor,
  type Tensor1D,
  type Variable,
} from '@tensorflow/tfjs-core';
import { openBackend } from '@tessera/backends';
import type { FunctionRunner, TensorFunction } from '@tessera/core';
import { functionRunnerContract } from '@tessera/testing';
import { beforeAll, describe, expect, it, vi } from 'vitest';

const refusals: string[] = [];
let runner: FunctionRunner;
beforeAll(async () => {
  process.env['TESSERA_WEBGPU_SOFTWARE'] = '1';
  const onRefusal = (name: string, { message }: Error): unknown => refusals.push(`${name}: ${message}`);
  const opened = await openBackend({ backend: 'webgpu', onRefusal });
  runner = opened.runner as FunctionRunner;
});

/** The values of a function's only output; the inputs are freed. */
async function valuesOf(name: string, x: readonly number[], body: (x: Tensor1D) => Tensor): Promise<readonly number[]> {
  const input = tensor1d([...x]);
  const fn: TensorFunction<{ x: Tensor1D }, { y: Tensor }, object> = {
    name,
    key: `test/${name}/`,
    inputs: { x: input },
    body: (given) => ({ outputs: { y: body(given.x) }, info: {} }),
  };
  const { outputs } = await runner.run(fn);
  const values = [...(await outputs.y.data())];
  outputs.y.dispose();
  input.dispose();
  return values;
}

const allocated = (): number =>
  (backend().memory() as unknown as { numBytesAllocatedInGPU: number }).numBytesAllocatedInGPU;

describe('recorded steps', () => {
  it.each(functionRunnerContract.map(({ rule, check }) => [rule, check] as const))('%s', async (_rule, check) => {
    await check(runner);
  });

  it('run the body once for each shape', async () => {
    let runs = 0;
    const total = (x: readonly number[]): Promise<readonly number[]> =>
      valuesOf('sum of squares', x, (given) => {
        runs++;
        return sum(square(given));
      });
    expect([await total([1, 2]), await total([3, 4]), await total([1, 2, 3]), await total([0, 1])]).toEqual([
      [5],
      [25],
      [14],
      [1],
    ]);
    expect(runs).toBe(2);
    runner.forget('test/');
  });

  it('make neither bind groups nor buffers when they are replayed', async () => {
    const { GPUDevice: device } = globalThis as unknown as {
      GPUDevice: { prototype: { createBindGroup: () => void; createBuffer: () => void } };
    };
    const cube = (x: Tensor1D): Tensor => mul(x, square(x));
    expect(await valuesOf('cube', [1, 2], cube)).toEqual([1, 8]);
    await valuesOf('cube', [1, 2], cube);
    const groups = vi.spyOn(device.prototype, 'createBindGroup');
    const buffers = vi.spyOn(device.prototype, 'createBuffer');
    expect(await valuesOf('cube', [2, 3], cube)).toEqual([8, 27]);
    expect([groups.mock.calls.length, buffers.mock.calls.length]).toEqual([0, 0]);
    groups.mockRestore();
    buffers.mockRestore();
    runner.forget('test/');
  });

  it('give way to single operations where a value is read, which has the right numbers and is told once', async () => {
    for (const factor of [2, 3]) {
      const by = scalar(factor);
      const x = tensor1d([1, 2, 3]);
      const { outputs } = await runner.run({
        name: 'curious function',
        key: 'test/reads/',
        inputs: { x, by },
        body: (given) => ({ outputs: { y: mul(given.x, given.by.dataSync()[0] ?? NaN) }, info: {} }),
      });
      expect([...(await outputs.y.data())]).toEqual([factor, 2 * factor, 3 * factor]);
      for (const tensor of [outputs.y, by, x]) tensor.dispose();
    }
    expect(refusals.filter((line) => line.startsWith('curious function: '))).toHaveLength(1);
    expect(refusals.at(-1)).toContain('values must not be read in JavaScript');
    runner.forget('test/');
  });

  it('refuse a value that is read without waiting for it', async () => {
    const read: Promise<unknown>[] = [];
    const result = await valuesOf('careless function', [1, 2], (x) => {
      const y = mul(x, 2);
      read.push(y.data());
      return y;
    });
    expect(result).toEqual([2, 4]);
    expect(refusals.at(-1)).toContain('careless function');
    runner.forget('test/');
  });

  it('keep a bounded number of recordings, and leave neither tensors nor memory behind when they go', async () => {
    await valuesOf('add one', [0], (x) => add(x, 1));
    runner.forget('test/');
    const before = memory().numTensors;
    for (let length = 1; length <= 40; length++) {
      const values = await valuesOf('add one', new Array<number>(length).fill(1), (x) => add(x, 1));
      expect(values.at(-1)).toBe(2);
    }
    const full = allocated();
    runner.forget('test/');
    expect(memory().numTensors).toBe(before);
    expect(allocated()).toBeLessThan(full);
  });

  it('share memory among what is not needed at the same time', async () => {
    const chain = (x: Tensor1D): Tensor1D => {
      let y = x;
      for (let i = 0; i < 20; i++) y = mul(y, 1);
      return y;
    };
    const x = new Array<number>(100_000).fill(3);
    const before = allocated();
    const [first] = await valuesOf('chain', x, chain);
    expect(first).toBe(3);
    expect((allocated() - before) / (4 * x.length)).toBeLessThan(6);
    runner.forget('test/');
  });

  it('leave copies of a variable the value they were made with', async () => {
    const start = tensor1d([1, 2]);
    const value: Variable = variable(start);
    start.dispose();
    const grow = (x: Tensor1D): Tensor => {
      value.assign(add(value, x));
      return value;
    };
    const copies: Tensor[] = [];
    for (let step = 0; step < 3; step++) {
      copies.push(value.clone());
      await valuesOf('grow', [1, 1], grow);
    }
    const values = await Promise.all(copies.map(async (copy) => [...(await copy.data())]));
    expect(values).toEqual([
      [1, 2],
      [2, 3],
      [3, 4],
    ]);
    expect([...(await value.data())]).toEqual([4, 5]);
    for (const copy of copies) copy.dispose();
    runner.forget('test/');
    value.dispose();
  });

  it('take outputs of one call as inputs of the next', async () => {
    let x: Tensor = tensor1d([1, 2]);
    for (let time = 0; time < 3; time++) {
      const { outputs } = await runner.run({
        name: 'double',
        key: 'test/double/',
        inputs: { x },
        body: (given) => ({ outputs: { y: addN([given.x, given.x]) as Scalar }, info: {} }),
      });
      x.dispose();
      x = outputs.y;
    }
    expect([...(await x.data())]).toEqual([8, 16]);
    x.dispose();
    runner.forget('test/');
  });
});
