import {
  add,
  cast,
  concat,
  matMul,
  mul,
  neg,
  reshape,
  square,
  sum,
  tensor1d,
  tensor2d,
  where,
  type Rank,
  type Tensor1D,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { CaptureError, type FunctionRunner, type TensorFunction } from '@tessera/core';
import type { Contract } from '../contract.js';
import { expectClose, expectEqual, expectThat, failureOf } from '../expectations.js';
import { applyTo, callFunction } from './callFunction.js';

const square1 = (x: Tensor1D): Tensor1D => square(x);
const double = (x: Tensor1D): Tensor1D => mul(x, 2);

/** A function of a structure, with tensors of several types and a plain number. */
const mixed = (row: readonly number[], factor: number): TensorFunction<MixedInputs, object, object> => ({
  name: 'mixed',
  key: 'contract/mixed/',
  inputs: {
    ids: tensor1d([...row], 'int32'),
    flags: tensor1d(
      row.map((value) => value > 1),
      'bool',
    ),
    factor,
  },
  body: ({ ids, flags, factor: times }) => ({
    outputs: {
      scaled: [mul(cast(ids, 'float32'), times)],
      named: { kept: where(flags, ids, neg(ids)), width: ids.size },
    },
    info: { times },
  }),
});

interface MixedInputs {
  readonly ids: Tensor1D;
  readonly flags: Tensor1D;
  readonly factor: number;
}

/** Same keys repeat, other keys, shapes and leaves do not. */
export const replayRules: Contract<FunctionRunner> = [
  {
    rule: 'says what it does in a few words',
    check: ({ description }) =>
      expectThat(
        /^\S.{0,60}$/.test(description),
        `description: must be 1 to 61 characters in a line, got "${description}". Say what the runner does.`,
      ),
  },
  {
    rule: 'gives each call the values of its own inputs',
    check: async (runner) => {
      const fn = { key: 'contract/values/', body: square1 };
      for (const x of [
        [1, 2, 3],
        [4, 5, 6],
        [1, 2, 3],
        [-1, 0, 0.5],
      ]) {
        expectClose(
          await applyTo(runner, fn, x),
          x.map((value) => value * value),
          `squares of ${x.join()}`,
        );
      }
      runner.forget('contract/');
    },
  },
  {
    rule: 'takes other shapes under the same key, and comes back to earlier ones',
    check: async (runner) => {
      const fn = { key: 'contract/shapes/', body: (x: Tensor1D) => reshape<Rank.R1>(sum(x), [1]) };
      for (const x of [[1, 2], [3, 4, 5], [6, 7], [1], [8, 9, 10]]) {
        expectClose(await applyTo(runner, fn, x), [x.reduce((a, b) => a + b)], `sum of ${x.join()}`);
      }
      runner.forget('contract/');
    },
  },
  {
    rule: 'runs the body of another key',
    check: async (runner) => {
      expectClose(await applyTo(runner, { key: 'contract/a/', body: square1 }, [3]), [9], 'first key');
      expectClose(await applyTo(runner, { key: 'contract/b/', body: double }, [3]), [6], 'second key');
      expectClose(await applyTo(runner, { key: 'contract/a/', body: square1 }, [4]), [16], 'first key again');
      runner.forget('contract/');
    },
  },
  {
    rule: 'keeps the structure of inputs and outputs, their types and plain leaves, and gives info each time',
    check: async (runner) => {
      for (const [row, factor] of [
        [[1, 2, 3], 2],
        [[3, 1, 2], 2],
        [[3, 1, 2], 0.5],
      ] as const) {
        const { values, skeleton, info } = await callFunction(runner, mixed(row, factor));
        expectEqual(info, { times: factor }, 'info');
        expectClose(
          values[0] ?? [],
          row.map((value) => value * factor),
          'scaled',
        );
        expectClose(
          values[1] ?? [],
          row.map((value) => (value > 1 ? value : -value)),
          'kept',
        );
        const shape = [3];
        const expected = {
          scaled: [{ $tensor: 'float32', shape }],
          named: { kept: { $tensor: 'int32', shape }, width: 3 },
        };
        expectEqual(JSON.parse(skeleton), expected, 'structure of the outputs');
      }
      runner.forget('contract/');
    },
  },
  {
    rule: 'takes a tensor that stands at two places of the inputs',
    check: async (runner) => {
      const twice = async (a: Tensor1D, b: Tensor1D): Promise<readonly number[]> =>
        (
          await callFunction(runner, {
            name: 'difference',
            key: 'contract/twice/',
            inputs: { a, b },
            body: (inputs) => ({ outputs: [add(inputs.a, mul(inputs.b, 10))], info: {} }),
          })
        ).values[0] ?? [];
      const one = tensor1d([1, 2]);
      expectClose(await twice(one, one), [11, 22], 'the same tensor twice');
      expectClose(await twice(tensor1d([1, 2]), tensor1d([3, 4])), [31, 42], 'two tensors');
      runner.forget('contract/');
    },
  },
  {
    rule: 'lets errors of a body through, and runs the next function',
    check: async (runner) => {
      const fails = {
        key: 'contract/fails/',
        body: () => {
          throw new RangeError('too large');
        },
      };
      for (const time of ['first', 'second']) {
        const error = await failureOf(() => applyTo(runner, fails, [1]), `${time} call`);
        expectThat(error instanceof RangeError && error.message === 'too large', `${time} call: got ${String(error)}.`);
      }
      expectClose(await applyTo(runner, { ...fails, body: double }, [2]), [4], 'the same key after the error');
      expectClose(await applyTo(runner, { key: 'contract/next/', body: double }, [3]), [6], 'the next function');
      runner.forget('contract/');
    },
  },
  {
    rule: 'never repeats what was read in JavaScript: right values, or a CaptureError',
    check: async (runner) => {
      const reads = { key: 'contract/reads/', body: (x: Tensor1D) => mul<Tensor1D>(x, x.bufferSync().get(0)) };
      for (const x of [
        [2, 3],
        [5, 7],
      ]) {
        try {
          expectClose(
            await applyTo(runner, reads, x),
            x.map((value) => value * (x[0] ?? 0)),
            'values',
          );
        } catch (error) {
          if (!(error instanceof CaptureError)) throw error;
        }
      }
      runner.forget('contract/');
    },
  },
  {
    rule: 'multiplies matrices of its inputs with constants made in the body',
    check: async (runner) => {
      for (const row of [
        [1, 2],
        [3, 4],
      ]) {
        const { values } = await callFunction(runner, {
          name: 'product',
          key: 'contract/product/',
          inputs: [tensor2d([row], [1, 2])],
          body: ([x]) => {
            const table = tensor2d([1, 0, 1, 0, 1, 1], [2, 3]);
            const product = matMul(x as Tensor2D, table); // [1, 3]
            return { outputs: { product, both: concat([product, product], 0) }, info: {} };
          },
        });
        const [a = 0, b = 0] = row;
        expectClose(values[0] ?? [], [a, b, a + b], 'product');
        expectClose(values[1] ?? [], [a, b, a + b, a, b, a + b], 'product twice');
      }
      runner.forget('contract/');
    },
  },
];
