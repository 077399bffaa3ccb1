import {
  add,
  cast,
  engine,
  equal,
  floorDiv,
  mul,
  tensor1d,
  tidy,
  type DataType,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { expectGradient } from '../checks/gradientCheck.js';
import { randomNumbers, randomTensor, readTensors, weightedSum } from '../checks/tensorReading.js';
import type { Contract } from '../contract.js';
import { expectAgree, expectThat } from '../expectations.js';
import type { BackendSubject } from './backendSubject.js';
import { referenceOperations, type ReferenceOperation } from './referenceOperations.js';

/** Values at the ends of each type. */
const given: readonly [DataType, readonly number[]][] = [
  ['float32', [0, -0.1, 1e-30, -3e38, 3e38, 16777216, Infinity, -Infinity, NaN]],
  ['int32', [0, -1, 16777217, 2147483647, -2147483648]],
  ['bool', [0, 1, 1, 0]],
];

/** Integer operations with what they give. */
const integers: readonly [string, () => Tensor, DataType, readonly number[]][] = [
  ['int32 + int32', () => add(int([16777217, -5]), int([1, 3])), 'int32', [16777218, -2]],
  ['int32 · int32', () => mul(int([46341, -3]), int([3, 7])), 'int32', [139023, -21]],
  ['floorDiv of int32', () => floorDiv(int([7, -7, 16777215]), int([2, 2, 1])), 'int32', [3, -4, 16777215]],
  ['float32 to int32', () => cast(tensor1d([2.7, -2.7, 0.5]), 'int32'), 'int32', [2, -2, 0]],
  ['int32 to float32', () => mul(cast(int([3, -4]), 'float32'), 0.5), 'float32', [1.5, -2]],
  ['bool to float32', () => mul(cast(equal(int([1, 2]), int([1, 3])), 'float32'), 0.5), 'float32', [0.5, 0]],
];

const int = (values: number[]): Tensor => tensor1d(values, 'int32');

const inputsOf = ({ shapes }: ReferenceOperation): Tensor[] => shapes.map((shape, i) => randomTensor(shape, i + 1));
const numbersOf = ({ shapes }: ReferenceOperation): number[][] =>
  shapes.map((shape, i) =>
    randomNumbers(
      shape.reduce((size, dimension) => size * dimension, 1),
      i + 1,
    ),
  );

/** Throws unless a tensor has this type and exactly these values, as float32 where it is one. */
async function expectExactly(
  make: () => Tensor,
  [dtype, values]: readonly [DataType, Numbers],
  what: string,
): Promise<void> {
  const { result } = await readTensors(() => ({ result: make() }));
  expectThat(result.dtype === dtype, `${what}: must be ${dtype}, got ${result.dtype}.`);
  const expected = dtype === 'float32' ? values.map(Math.fround) : values;
  for (const [i, value] of expected.entries()) {
    const got = result.values[i];
    expectThat(Object.is(got, value) || got === value, `${what}: value ${i} must be ${value}, got ${got}.`);
  }
}

type Numbers = readonly number[];

/** Numbers in, numbers out. */
export const valueRules: Contract<BackendSubject> = [
  {
    rule: 'computes in float32',
    check: () => {
      const { backend } = engine();
      const [bits, epsilon] = [backend.floatPrecision(), backend.epsilon()];
      expectThat(
        bits === 32 && epsilon <= 1e-6,
        `floatPrecision: must be 32 with an epsilon of 1e-6 at most, got ${bits} and ${epsilon}. ` +
          'Keep parameters and sums in float32; a lower precision is for a runner to offer.',
      );
    },
  },
  {
    rule: 'gives back what it was given, of each type',
    check: async () => {
      for (const [dtype, values] of given) {
        await expectExactly(() => tensor1d([...values], dtype as 'float32'), [dtype, values], dtype);
      }
    },
  },
  {
    rule: 'computes with whole numbers exactly, and cuts off where it makes them',
    check: async () => {
      for (const [what, run, dtype, values] of integers) await expectExactly(run, [dtype, values], what);
    },
  },
  {
    rule: 'gives the values of the operations that layers are made of',
    check: async () => {
      for (const operation of referenceOperations) {
        const { result } = await readTensors(() => ({ result: operation.run(...inputsOf(operation)) }));
        expectAgree(result.values, operation.expected(...numbersOf(operation)), operation.name);
      }
    },
  },
  {
    rule: 'gives their gradients',
    check: async () => {
      for (const operation of referenceOperations) {
        const inputs = inputsOf(operation);
        try {
          const value = (...x: Tensor[]) => tidy(() => weightedSum(operation.run(...x)));
          await expectGradient(value, inputs, { directions: 2, what: `gradient of ${operation.name}` });
        } finally {
          for (const input of inputs) input.dispose();
        }
      }
    },
  },
];
