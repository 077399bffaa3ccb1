import type { Plugin } from '@tessera/core';
import { describeContract, type Contract, type MakeSubject, type TestFramework } from './contract.js';
import { describeParts, type PartCases } from './describeParts.js';

/** A rule that a part breaks in one of its cases. */
export interface BrokenRule {
  /** Kind and name of the part, and what is special about the case. */
  readonly part: string;
  readonly rule: string;
  /** What was expected and what was found. */
  readonly message: string;
}

/**
 * Runs what {@link describeParts} registers, one after the other and without a test framework. Empty when all parts keep
 * to their contracts.
 */
export function brokenRules(plugins: readonly Plugin[], cases: PartCases): Promise<readonly BrokenRule[]> {
  return failuresOf((framework) => describeParts(framework, plugins, cases));
}

/**
 * Runs what {@link describeContract} registers, one after the other and without a test framework. Empty when the subject
 * keeps to the contract.
 * @param name - what is tried, as the part in what is found
 */
export function rulesBrokenBy<TSubject>(
  name: string,
  contract: Contract<TSubject>,
  make: MakeSubject<TSubject>,
): Promise<readonly BrokenRule[]> {
  return failuresOf((framework) => describeContract(framework, name, contract, make));
}

async function failuresOf(register: (framework: TestFramework) => void): Promise<readonly BrokenRule[]> {
  const tests: { readonly part: string; readonly rule: string; run(): Promise<void> }[] = [];
  let part = '';
  const describe = (name: string, body: () => void): void => {
    part = name;
    body();
  };
  register({ describe, it: (rule, run) => void tests.push({ part, rule, run }) });
  const broken: BrokenRule[] = [];
  for (const test of tests) {
    try {
      await test.run();
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      broken.push({ part: test.part, rule: test.rule, message });
    }
  }
  return broken;
}
