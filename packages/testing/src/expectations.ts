// Assertions of the contracts: plain errors, so that any test framework shows them.
import { isTesseraError } from '@tessera/core';

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
  expectThat(left === right, `${what}: must be ${aroundChange(right, left)}, got ${aroundChange(left, right)}.`);
}

/** A text from a little before the place where it differs from another, since a list may be long. */
function aroundChange(text = 'undefined', other = ''): string {
  let same = 0;
  while (same < text.length && text[same] === other[same]) same++;
  const start = text.length <= 100 || same <= 40 ? 0 : same - 20;
  const shown = text.slice(start, start + 100);
  return `${start > 0 ? '…' : ''}${shown}${start + 100 < text.length ? '…' : ''}`;
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

/** The result of a call that must succeed; a ContractError with what was expected when it throws. */
export async function resultOf<T>(call: () => T | Promise<T>, rule: string): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw new ContractError(`${rule}, got ${String(error)}.`, { cause: error });
  }
}

/** Throws unless two readings agree within `tolerance`, relative to the largest expected value or 1. */
export function expectAgree(got: ArrayLike<number>, expected: ArrayLike<number>, what: string, tolerance = 1e-4): void {
  expectThat(got.length === expected.length, `${what}: must have ${expected.length} values, got ${got.length}.`);
  const scale = Math.max(1, ...Array.from(expected, Math.abs));
  for (let i = 0; i < got.length; i++) {
    const [a, b] = [got[i] ?? Number.NaN, expected[i] ?? Number.NaN];
    expectThat(Math.abs(a - b) <= tolerance * scale, `${what}: value ${i} must be ${b}, got ${a}.`);
  }
}

/** Throws unless two plain values are the same, by content; the message shows where they begin to differ. */
export function expectSame(got: unknown, expected: unknown, rule: string): void {
  const [left, right] = [JSON.stringify(got), JSON.stringify(expected)];
  expectThat(left === right, `${rule}, got ${aroundChange(left, right)} instead of ${aroundChange(right, left)}.`);
}

/** Throws unless a tensor has this shape. */
export function expectShape(got: readonly number[], expected: readonly number[], what: string): void {
  expectThat(
    got.join() === expected.join(),
    `${what}: must have the shape [${expected.join(', ')}], got [${got.join(', ')}].`,
  );
}

/** Throws unless an error is one of the user's, of the class named, and its message says which thing is meant. */
export function expectUserError(error: Error, { name, names }: { name?: string; names: string }, what: string): void {
  expectThat(
    isTesseraError(error),
    `${what}: must throw an error of @tessera/core, got ${error.name}: ${error.message}`,
  );
  expectThat(
    name === undefined || error.name === name,
    `${what}: must throw a ${name ?? ''}, got ${error.name}: ${error.message}`,
  );
  expectThat(error.message.includes(names), `${what}: the message must name ${names}, got "${error.message}".`);
}
