// Assertions of the contracts: plain errors, so that any test framework shows them.

/** A rule that a part breaks. */
export class ContractError extends Error {
  override readonly name = 'ContractError';
}

/** Throws {@link ContractError} unless the condition holds. */
export function expectThat(condition: boolean, message: string): asserts condition {
  if (!condition) throw new ContractError(message);
}

/** Throws unless both are equal, lists and objects by content. */
export function expectEqual(got: unknown, expected: unknown, what: string): void {
  const [left, right] = [JSON.stringify(got), JSON.stringify(expected)];
  expectThat(left === right, `${what}: must be ${right ?? 'undefined'}, got ${left ?? 'undefined'}.`);
}

/** Throws unless all values agree within `tolerance`, absolute and relative to the larger of 1 and the expected value. */
export function expectClose(got: ArrayLike<number>, expected: ArrayLike<number>, what: string, tolerance = 1e-5): void {
  expectThat(got.length === expected.length, `${what}: must have ${expected.length} values, got ${got.length}.`);
  for (let i = 0; i < got.length; i++) {
    const [a, b] = [got[i] ?? Number.NaN, expected[i] ?? Number.NaN];
    const near = Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(b));
    expectThat(near, `${what}: value ${i} must be ${b} within ${tolerance}, got ${a}.`);
  }
}

/** Throws unless every value is finite. */
export function expectFinite(values: ArrayLike<number>, what: string): void {
  for (let i = 0; i < values.length; i++) {
    expectThat(Number.isFinite(values[i]), `${what}: must be finite, got ${values[i] ?? 'nothing'} at ${i}.`);
  }
}

/** The error that a call fails with. Throws when it succeeds. */
export async function failureOf(call: () => unknown, what: string): Promise<Error> {
  try {
    await call();
  } catch (error) {
    expectThat(error instanceof Error, `${what}: must throw an Error, got ${String(error)}.`);
    return error;
  }
  throw new ContractError(`${what}: must throw.`);
}
