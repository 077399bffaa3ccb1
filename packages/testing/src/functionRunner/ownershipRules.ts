import { add, memory, mul, tensor1d, variable, type Tensor, type Tensor1D } from '@tensorflow/tfjs-core';
import type { FunctionRunner } from '@tessera/core';
import type { Contract } from '../contract.js';
import { expectClose, expectThat, resultOf } from '../expectations.js';
import { applyTo, callFunction, withVariable } from './callFunction.js';

const triple = { key: 'contract/triple/', body: (x: Tensor1D): Tensor1D => mul(mul(x, 1), 3) };

/** Inputs stay the caller's, outputs become the caller's, and nothing is left behind. */
export const ownershipRules: Contract<FunctionRunner> = [
  {
    rule: 'leaves its inputs as they were',
    check: async (runner) => {
      const x = tensor1d([1, 2]);
      for (let time = 0; time < 3; time++) {
        const { outputs } = await runner.run({
          ...triple,
          name: 'triple',
          inputs: { x },
          body: (given) => ({ outputs: [mul(given.x, 3)], info: {} }),
        });
        outputs[0]?.dispose();
        expectThat(!x.isDisposed, 'an input must not be disposed.');
        expectClose(await x.data(), [1, 2], 'the input');
      }
      x.dispose();
      runner.forget('contract/');
    },
  },
  {
    rule: 'gives outputs that may be freed one by one, be they inputs, variables or given twice',
    check: (runner) =>
      withVariable(runner, { prefix: 'contract/', initial: [5] }, async (value) => {
        for (const x of [[1], [2], [3]]) {
          const input = tensor1d(x);
          const { outputs } = await runner.run({
            name: 'pass on',
            key: 'contract/pass/',
            inputs: { input },
            body: (given) => {
              const made = mul(given.input, 2);
              return { outputs: [given.input, value as Tensor, made, made], info: {} };
            },
          });
          const expected = [x[0], 5, (x[0] ?? 0) * 2, (x[0] ?? 0) * 2];
          for (const [i, output] of outputs.entries()) {
            expectClose(await output.data(), [expected[i] ?? NaN], `output ${i}`);
            output.dispose();
          }
          expectClose(await input.data(), x, 'the input afterwards');
          expectClose(await value.data(), [5], 'the variable afterwards');
          input.dispose();
        }
      }),
  },
  {
    rule: 'leaves nothing behind from one call to the next',
    check: async (runner) => {
      await applyTo(runner, triple, [1, 2, 3]);
      await applyTo(runner, triple, [1, 2, 3]);
      const before = memory().numTensors;
      for (let time = 0; time < 3; time++) await applyTo(runner, triple, [time, 2, 3]);
      const left = memory().numTensors - before;
      expectThat(left === 0, `three calls must leave no tensor behind, got ${left}.`);
      runner.forget('contract/');
    },
  },
  {
    rule: 'leaves nothing behind when a body fails',
    check: async (runner) => {
      const before = memory().numTensors;
      const fails = (x: Tensor1D): Tensor1D => {
        throw new RangeError(String(mul(x, 2).size));
      };
      for (let time = 0; time < 2; time++) {
        await applyTo(runner, { key: 'contract/fails/', body: fails }, [1]).catch(() => undefined);
      }
      const left = memory().numTensors - before;
      expectThat(left === 0, `calls that fail must leave no tensor behind, got ${left}.`);
    },
  },
  {
    rule: 'forgets what is kept under a prefix: other bodies may follow under its keys, and their variables go',
    check: async (runner) => {
      const before = memory().numTensors;
      const start = tensor1d([2]);
      const factor = variable(start);
      start.dispose();
      const key = 'contract/forgotten/';
      expectClose(await applyTo(runner, { key, body: (x) => mul(x, factor) }, [3]), [6], 'first body');
      expectClose(await applyTo(runner, { key, body: (x) => mul(x, factor) }, [4]), [8], 'first body again');
      expectClose(await applyTo(runner, triple, [3]), [9], 'another function');
      runner.forget(key);
      factor.dispose();
      const second = await resultOf(
        () => applyTo(runner, { key, body: (x) => mul(x, 5) }, [3]),
        `second body: must run after forget("${key}")`,
      );
      expectClose(second, [15], 'second body');
      expectClose(await applyTo(runner, triple, [4]), [12], 'the other function afterwards');
      runner.forget('contract/');
      runner.forget('contract/');
      const left = memory().numTensors - before;
      expectThat(left === 0, `what is forgotten must leave no tensor behind, got ${left}.`);
    },
  },
  {
    rule: 'lets a call that runs now end before what it uses goes',
    check: async (runner) => {
      const key = 'contract/running/';
      const twice = { key, body: (x: Tensor1D): Tensor1D => mul(x, 2) };
      expectClose(await applyTo(runner, twice, [3]), [6], 'the first call');
      const running = applyTo(runner, twice, [4]);
      await new Promise((resolve) => setImmediate(resolve));
      runner.forget(key);
      expectClose(await running, [8], 'the call during which it is forgotten');
      expectClose(await applyTo(runner, { key, body: (x) => mul(x, 5) }, [3]), [15], 'another body afterwards');
      runner.forget(key);
    },
  },
  {
    rule: 'runs functions that are started together one after the other',
    check: (runner) =>
      withVariable(runner, { prefix: 'contract/', initial: [1] }, async (value) => {
        const step = (x: number, key: string): Promise<unknown> =>
          callFunction(runner, {
            name: 'affine',
            key,
            inputs: [tensor1d([x])],
            body: ([given]) => {
              value.assign(add(mul(value, given as Tensor), 1));
              return { outputs: {}, info: {} };
            },
          });
        await Promise.all([step(2, 'contract/m/'), step(3, 'contract/m/'), step(5, 'contract/n/')]);
        expectClose(await value.data(), [((1 * 2 + 1) * 3 + 1) * 5 + 1], 'the variable');
      }),
  },
];
