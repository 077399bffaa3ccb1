// What every TensorFlow.js backend that models run on keeps to.
import { describeContract, type Contract, type TestFramework } from '../contract.js';
import { functionRunnerContract } from '../functionRunner/functionRunnerContract.js';
import { backendSubject, type BackendCase, type BackendSubject } from './backendSubject.js';
import { memoryRules } from './memoryRules.js';
import { precisionRules } from './precisionRules.js';
import { repetitionRules } from './repetitionRules.js';
import { valueRules } from './valueRules.js';

/** The contract of backends; the subject is the active one. */
export const backendContract: Contract<BackendSubject> = [
  ...valueRules,
  ...repetitionRules,
  ...memoryRules,
  ...precisionRules,
];

/**
 * Registers the contract of backends and, for what runs functions on this one, that of function runners.
 * `describeBackend({ describe, it }, 'mine', { open: () => setBackend('mine') })`
 * @param name - for the tests' names
 */
export function describeBackend(framework: TestFramework, name: string, given: BackendCase): void {
  describeContract(framework, `backend ${name}`, backendContract, () => backendSubject(given));
  describeContract(framework, `runner of backend ${name}`, functionRunnerContract, async () => {
    return (await backendSubject(given)).runner;
  });
}
