import { memory } from '@tensorflow/tfjs-core';
import { expectThat } from '../expectations.js';

/**
 * How many tensors the second run of a step leaves behind. The first run is free to make what is kept, such as a table.
 * @param step - frees what it owns; awaited when it is asynchronous
 */
export async function tensorsLeftBy(step: () => unknown): Promise<number> {
  await step();
  const before = memory().numTensors;
  await step();
  return memory().numTensors - before;
}

/**
 * Throws ContractError unless a step leaves as many tensors as it found, from its second run on.
 * @param what - names the step in the message
 */
export async function expectNoLeak(step: () => unknown, what: string): Promise<void> {
  const left = await tensorsLeftBy(step);
  expectThat(
    left === 0,
    `${what}: must leave no tensor behind, got ${left} in each run. ` +
      'Wrap the step in tidy(), return what the caller is to own, and dispose no argument.',
  );
}
