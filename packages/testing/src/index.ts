export {
  describeContract,
  type Contract,
  type ContractRule,
  type MakeSubject,
  type TestFramework,
} from './contract.js';
export { ContractError, expectClose, expectEqual, expectFinite, expectThat, failureOf } from './expectations.js';
export { containerContract } from './containerContract.js';
