// Every rule of a contract has a faulty part that it finds, and a message that names the fault.
import { expect, it } from 'vitest';
import type { BrokenRule, Contract } from '@tessera/testing';

/** A faulty part: "finds one that …", how it is broken, the start of the rule that it breaks, what the message names. */
export type FaultCase<TBreaks> = readonly [what: string, breaks: TBreaks, rule: string, names: RegExp];

/** Registers a test for each fault, and one that fails for a rule without any. */
export function describeFaults<TBreaks>(
  contract: Contract<never>,
  faults: readonly FaultCase<TBreaks>[],
  broken: (breaks: TBreaks) => Promise<readonly Pick<BrokenRule, 'rule' | 'message'>[]>,
): void {
  it.each(faults)('finds one that %s, and says so', async (_, breaks, rule, names) => {
    const found = (await broken(breaks)).filter((one) => one.rule.startsWith(rule));
    expect(found.map(({ message }) => message)).toEqual([expect.stringMatching(names)]);
  });

  it('has a faulty part for each of its rules', () => {
    const isTried = (rule: string): boolean => faults.some(([, , start]) => rule.startsWith(start));
    expect(contract.map(({ rule }) => rule).filter((rule) => !isTried(rule))).toEqual([]);
  });
}
