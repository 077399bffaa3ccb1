// A contract is data: rules with a check each. It knows no test framework, so that plugin authors run it under theirs.

/** One rule of a contract. */
export interface ContractRule<TSubject> {
  /** What holds, as a test's name: "masks an absent modality". */
  readonly rule: string;
  /** Throws when the subject breaks the rule. */
  check(subject: TSubject): void | Promise<void>;
}

/** What every part of one kind has to keep to. */
export type Contract<TSubject> = readonly ContractRule<TSubject>[];

/** The two functions of a test framework that a suite is registered with; those of vitest, Jest and node:test fit. */
export interface TestFramework {
  describe(name: string, body: () => void): void;
  it(name: string, body: () => Promise<void>): void;
}

/** Makes a fresh subject for one rule; what it owns is freed by `dispose`, when it has one. */
export type MakeSubject<TSubject> = () => TSubject | Promise<TSubject>;

/**
 * Registers one test for each rule of a contract, each with a subject of its own.
 * `describeContract({ describe, it }, 'myEncoder', encoderContract, () => makeEncoder(myEncoder, …))`
 */
export function describeContract<TSubject>(
  framework: TestFramework,
  name: string,
  contract: Contract<TSubject>,
  make: MakeSubject<TSubject>,
): void {
  framework.describe(name, () => {
    for (const { rule, check } of contract) {
      framework.it(rule, async () => {
        const subject = await make();
        try {
          await check(subject);
        } finally {
          (subject as { dispose?: () => void }).dispose?.();
        }
      });
    }
  });
}
