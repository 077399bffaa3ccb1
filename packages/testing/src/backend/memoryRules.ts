import { engine, grads, memory, square, tensor1d, tidy, variable, type Tensor } from '@tensorflow/tfjs-core';
import { randomTensor, weightedSum } from '../checks/tensorReading.js';
import type { Contract } from '../contract.js';
import { expectClose, expectThat, resultOf } from '../expectations.js';
import type { BackendSubject } from './backendSubject.js';
import { referenceOperations } from './referenceOperations.js';

/** Tensors of the engine and arrays of the backend. */
const held = (): { tensors: number; arrays: number } => ({
  tensors: memory().numTensors,
  arrays: engine().backend.numDataIds(),
});

/** Runs an operation and its gradients, reads the value, and frees everything. */
async function runOnce({ shapes, run }: (typeof referenceOperations)[number]): Promise<void> {
  const inputs = shapes.map((shape, i) => randomTensor(shape, i));
  const results = tidy(() => [
    run(...inputs),
    ...grads((...x: Tensor[]) => tidy(() => weightedSum(run(...x))))(inputs),
  ]);
  await results[0]?.data();
  for (const tensor of [...inputs, ...results]) tensor.dispose();
}

/** Throws unless a tensor's value is that of the moment before `change`, which runs while it is read. */
async function expectReading(
  what: string,
  { tensor, change, values }: { tensor: Tensor; change: () => void; values: readonly number[] },
): Promise<void> {
  const reading = tensor.data<'float32'>();
  change();
  const rule = `${what}: must have its values, which the backend takes before it lets the event loop go on`;
  expectClose(await resultOf(() => reading, rule), values, what);
}

/** What stays, and what a reading sees. */
export const memoryRules: Contract<BackendSubject> = [
  {
    rule: 'leaves no tensor and no array behind, in value and gradient',
    check: async () => {
      for (const operation of referenceOperations) {
        await runOnce(operation);
        const before = held();
        for (let time = 0; time < 3; time++) await runOnce(operation);
        const after = held();
        const [tensors, arrays] = [after.tensors - before.tensors, after.arrays - before.arrays];
        expectThat(
          tensors === 0 && arrays === 0,
          `${operation.name}: three runs must leave nothing behind, got ${tensors} tensors and ${arrays} arrays. ` +
            'Dispose what a kernel makes beside its result.',
        );
      }
    },
  },
  {
    rule: 'reads the value of the moment at which it was asked, whatever is assigned or freed meanwhile',
    check: async () => {
      const [start, next] = [tensor1d([1, 2, 3]), tensor1d([4, 5, 6])];
      const value = variable(start, true);
      start.dispose();
      const squares = square(next);
      try {
        const assign = (): void => value.assign(next);
        await expectReading('a variable that is assigned', { tensor: value, change: assign, values: [1, 2, 3] });
        expectClose(await value.data<'float32'>(), [4, 5, 6], 'the variable afterwards');
        const free = (): void => squares.dispose();
        await expectReading('a tensor that is freed', { tensor: squares, change: free, values: [16, 25, 36] });
      } finally {
        for (const tensor of [next, value, squares]) tensor.dispose();
      }
    },
  },
];
