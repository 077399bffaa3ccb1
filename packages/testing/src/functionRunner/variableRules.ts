import {
  add,
  mul,
  square,
  sub,
  sum,
  tensor1d,
  variableGrads,
  type Scalar,
  type Tensor,
  type Variable,
} from '@tensorflow/tfjs-core';
import type { FunctionRunner, TensorFunction } from '@tessera/core';
import type { Contract } from '../contract.js';
import { expectClose, expectEqual } from '../expectations.js';
import { callFunction, withVariable } from './callFunction.js';

const setTo = (value: Variable, numbers: readonly number[]): void => {
  const next = tensor1d([...numbers]);
  value.assign(next);
  next.dispose();
};

/** v ← v + x; gives v before and after. */
const accumulate = (value: Variable, x: readonly number[]): TensorFunction<{ x: Tensor }, object, object> => ({
  name: 'accumulate',
  key: 'contract/accumulate/',
  inputs: { x: tensor1d([...x]) },
  body: (inputs) => {
    const before = add(value, 0);
    value.assign(add(value, inputs.x));
    return { outputs: { before, after: mul(value, 1) }, info: {} };
  },
});

/** One step of gradient descent on Σ (v − target)², as a trainer makes it. */
const descend = (
  value: Variable,
  target: readonly number[],
  rate: number,
): TensorFunction<{ target: Tensor; rate: Tensor }, { loss: Scalar }, { trained: string[] }> => ({
  name: 'step',
  key: 'contract/step/',
  inputs: { target: tensor1d([...target]), rate: tensor1d([rate]) },
  body: (inputs) => {
    const { value: loss, grads } = variableGrads(() => sum(square(sub(value, inputs.target))), [value]);
    const gradient = grads[value.name] as Tensor;
    value.assign(sub(value, mul(gradient, inputs.rate)));
    gradient.dispose();
    return { outputs: { loss }, info: { trained: Object.keys(grads) } };
  },
});

/** Variables live outside; a body reads and assigns them. */
export const variableRules: Contract<FunctionRunner> = [
  {
    rule: 'assigns variables, and reads each at its place in the order of the body',
    check: (runner) =>
      withVariable(runner, { prefix: 'contract/', initial: [1, 2] }, async (value) => {
        let total = [1, 2];
        for (const x of [
          [10, 20],
          [1, 1],
          [-5, 0],
        ]) {
          const { values } = await callFunction(runner, accumulate(value, x));
          expectClose(values[0] ?? [], total, 'before');
          total = total.map((sum, i) => sum + (x[i] ?? 0));
          expectClose(values[1] ?? [], total, 'after');
          expectClose(await value.data(), total, 'the variable');
        }
      }),
  },
  {
    rule: 'sees what was assigned between two calls',
    check: (runner) =>
      withVariable(runner, { prefix: 'contract/', initial: [0, 0] }, async (value) => {
        await callFunction(runner, accumulate(value, [1, 1]));
        await callFunction(runner, accumulate(value, [1, 1]));
        setTo(value, [7, 8]);
        const { values } = await callFunction(runner, accumulate(value, [1, 1]));
        expectClose(values[0] ?? [], [7, 8], 'before');
        expectClose(await value.data(), [8, 9], 'the variable');
      }),
  },
  {
    rule: 'computes gradients and updates as an eager step does, with info from the step',
    check: (runner) =>
      withVariable(runner, { prefix: 'contract/', initial: [1, -1, 3] }, async (value) => {
        let expected = [1, -1, 3];
        const steps: [number[], number][] = [
          [[0, 0, 0], 0.1],
          [[1, 2, 3], 0.1],
          [[1, 2, 3], 0.25],
          [[0, 1, 0], 0.05],
        ];
        for (const [target, rate] of steps) {
          const { values, info } = await callFunction(runner, descend(value, target, rate));
          const off = expected.map((v, i) => v - (target[i] ?? 0));
          expectClose(values[0] ?? [], [off.reduce((total, d) => total + d * d, 0)], 'loss');
          expected = expected.map((v, i) => v - 2 * rate * (off[i] ?? 0));
          expectClose(await value.data(), expected, 'the variable');
          expectEqual(info, { trained: [value.name] }, 'info');
        }
      }),
  },
];
